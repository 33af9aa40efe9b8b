import type { Metadata } from "next";
import { resetPassword } from "@/messages";
import { ResetPassword } from "./reset-password";

export const metadata: Metadata = { title: resetPassword.newTitle, robots: { index: false }, referrer: "no-referrer" };

export default function Page() {
  return <ResetPassword />;
}
