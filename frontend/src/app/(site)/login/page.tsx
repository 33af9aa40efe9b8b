import type { Metadata } from "next";
import { listProviders } from "@/lib/api/server";
import { login } from "@/messages";
import { LoginForms } from "./login-forms";

export const metadata: Metadata = { title: login.metaTitle, robots: { index: false } };

type LoginProps = { searchParams: Promise<{ next?: string | string[]; reason?: string | string[] }> };

const first = (value?: string | string[]) => (Array.isArray(value) ? value[0] : value);

export default async function LoginPage({ searchParams }: LoginProps) {
  const { next, reason } = await searchParams;
  const providers = await listProviders();
  return <LoginForms providers={providers} next={first(next) ?? null} reason={first(reason) ?? null} />;
}
