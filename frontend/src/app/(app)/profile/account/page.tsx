import type { Metadata } from "next";
import { account } from "@/messages";
import { AccountPage } from "./account";

export const metadata: Metadata = { title: account.title };

export default function Page() {
  return <AccountPage />;
}
