import type { Metadata } from "next";
import { profile } from "@/messages";
import { ProfilePage } from "./profile";

export const metadata: Metadata = { title: profile.title };

export default function Page() {
  return <ProfilePage />;
}
