import type { Metadata } from "next";
import { verifyEmail } from "@/messages";
import { VerifyEmail } from "./verify-email";

export const metadata: Metadata = { title: verifyEmail.title, robots: { index: false }, referrer: "no-referrer" };

export default function Page() {
  return <VerifyEmail />;
}
