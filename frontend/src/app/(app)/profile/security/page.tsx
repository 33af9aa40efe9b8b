import type { Metadata } from "next";
import { security } from "@/messages";
import { SecurityPage } from "./security";

export const metadata: Metadata = { title: security.title };

export default function Page() {
  return <SecurityPage />;
}
