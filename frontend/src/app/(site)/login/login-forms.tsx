"use client";

import { useRouter } from "next/navigation";
import { Tabs } from "radix-ui";
import { useEffect, useState } from "react";
import { PageHeading } from "@/components/Heading";
import type { Provider } from "@/lib/api/server";
import { useAuth } from "@/lib/auth/context";
import type { Member } from "@/lib/auth/session";
import { safeNext } from "@/lib/next-path";
import { login as text } from "@/messages";
import { LoginForm } from "./login-form";
import { OAuthButtons } from "./oauth-buttons";
import { RegisterForm } from "./register-form";

type Tab = "login" | "register";
const REASONS: Record<string, string> = { expired: text.expired, "logged-out": text.loggedOut, oauth: text.oauthFailed };
const homeOf = (user: Member) => (user.role === "creator" ? "/creator-dashboard" : "/");

type LoginFormsProps = { providers: Provider[]; next: string | null; tab: Tab; reason: string | null };

export function LoginForms({ providers, next, tab: firstTab, reason }: LoginFormsProps) {
  const [tab, setTab] = useState<Tab>(firstTab);
  const auth = useAuth();
  const router = useRouter();
  const user = auth.status === "member" ? auth.user : null;

  useEffect(() => {
    if (user) router.replace(safeNext(next, homeOf(user)));
  }, [user, next, router]);

  return (
    <div className="shell pt-12 md:pt-20">
      <div className="mx-auto max-w-[26rem]">
        <PageHeading className="text-3xl">{tab === "login" ? text.title : text.registerTitle}</PageHeading>
        <p className="mt-3 text-muted">{tab === "login" ? text.lead : text.registerLead}</p>
        {reason && REASONS[reason] && (
          <p role="status" className="mt-6 rounded-md bg-warn-soft px-4 py-3 text-sm text-warn">
            {REASONS[reason]}
          </p>
        )}
        <Tabs.Root value={tab} onValueChange={(value) => setTab(value as Tab)} className="mt-8">
          <Tabs.List aria-label={text.tabsLabel} className="mb-7 grid grid-cols-2 gap-1 rounded-lg bg-sunken p-1">
            {(["login", "register"] as const).map((value) => (
              <Tabs.Trigger
                key={value}
                value={value}
                className="min-h-10 rounded-md text-sm font-medium text-muted transition-colors duration-150 hover:text-ink data-[state=active]:bg-surface data-[state=active]:text-ink pointer-coarse:min-h-11"
              >
                {text.tabs[value]}
              </Tabs.Trigger>
            ))}
          </Tabs.List>
          <Tabs.Content value="login" tabIndex={-1}>
            <LoginForm />
          </Tabs.Content>
          <Tabs.Content value="register" tabIndex={-1}>
            <RegisterForm onHaveAccount={() => setTab("login")} />
          </Tabs.Content>
        </Tabs.Root>
        <OAuthButtons providers={providers} next={safeNext(next, "/")} />
      </div>
    </div>
  );
}
