import type { Metadata } from "next";
import { login } from "@/messages";
import { Callback } from "./callback";

export const metadata: Metadata = { title: login.metaTitle, robots: { index: false } };

export default async function CallbackPage({ searchParams }: { searchParams: Promise<{ next?: string | string[] }> }) {
  const { next } = await searchParams;
  return <Callback next={typeof next === "string" ? next : null} />;
}
