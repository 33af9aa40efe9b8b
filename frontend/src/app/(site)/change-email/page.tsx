import type { Metadata } from "next";
import { changeEmail } from "@/messages";
import { ChangeEmail } from "./change-email";

export const metadata: Metadata = { title: changeEmail.title, robots: { index: false }, referrer: "no-referrer" };

export default function Page() {
  return <ChangeEmail />;
}
