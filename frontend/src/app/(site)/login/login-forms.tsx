"use client";

import { useRouter, useSearchParams } from "next/navigation";
import { useEffect } from "react";
import { PageHeading } from "@/components/Heading";
import type { Provider } from "@/lib/api/server";
import { useAuth } from "@/lib/auth/context";
import type { Member } from "@/lib/auth/session";
import { safeNext } from "@/lib/next-path";
import { login as text } from "@/messages";
import { LoginForm } from "./login-form";
import { OAuthButtons } from "./oauth-buttons";
import { RegisterForm } from "./register-form";
import { Tabs, type Tab } from "./tabs";

const REASONS: Record<string, string> = { expired: text.expired, "logged-out": text.loggedOut, oauth: text.oauthFailed };
const homeOf = (user: Member) => (user.role === "creator" ? "/creator-dashboard" : "/");

type LoginFormsProps = { providers: Provider[]; next: string | null; reason: string | null };

export function LoginForms({ providers, next, reason }: LoginFormsProps) {
  const address = useSearchParams();
  const tab: Tab = address.get("tab") === "register" ? "register" : "login";
  const auth = useAuth();
  const router = useRouter();
  const user = auth.status === "member" ? auth.user : null;

  const setTab = (chosen: Tab) => {
    const query = new URLSearchParams(address);
    query.set("tab", chosen);
    window.history.replaceState(null, "", `?${query}`);
  };

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
        <Tabs tab={tab} onTab={setTab} />
        <div role="tabpanel" id="panel" aria-labelledby={`tab-${tab}`}>
          {tab === "login" ? <LoginForm /> : <RegisterForm onHaveAccount={() => setTab("login")} />}
        </div>
        <OAuthButtons providers={providers} next={safeNext(next, "/")} />
      </div>
    </div>
  );
}
