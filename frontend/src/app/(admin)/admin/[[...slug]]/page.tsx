import type { Metadata } from "next";
import { admin } from "@/messages/admin";
import { Admin } from "../admin";

export const metadata: Metadata = { title: admin.title };

/** One page to Next; what is below /admin is the admin app's own affair, in the browser alone. */
export default function AdminPage() {
  return <Admin />;
}
