"use client";

import dynamic from "next/dynamic";
import { useRouter, useSearchParams } from "next/navigation";
import { useEffect, useState, type ReactNode } from "react";
import { PageHeading } from "@/components/Heading";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import type { Provider } from "@/lib/api/server";
import { useAuth } from "@/lib/auth/context";
import type { Member } from "@/lib/auth/session";
import { safeNext } from "@/lib/next-path";
import { login as text, oauth, resetPassword } from "@/messages";
import { secondStep } from "@/messages/factors";
import { LoginForm } from "./login-form";
import { OAuthButtons } from "./oauth-buttons";
import { PasskeyButton } from "./passkey-button";
import { RegisterForm } from "./register-form";
import { stepInHash, type Step } from "./step";
import { Tabs, type Tab } from "./tabs";

const SecondStep = dynamic(() => import("./second-step").then((module) => module.SecondStep), { ssr: false });

const REASONS: Record<string, string> = { ...oauth.reasons, expired: text.expired, "logged-out": text.loggedOut, oauth: text.oauthFailed, "password-set": resetPassword.done };
/** What to say of a reason in the address, which anybody may have written. */
const told = (reason: string | null) => (reason && Object.hasOwn(REASONS, reason) ? (REASONS[reason] ?? null) : null);

/** Where people go who were on their way nowhere; admins who must have a second factor and have none, to add one. */
async function homeOf({ role }: Member): Promise<string> {
  if (role === "creator") return "/creator-dashboard";
  return role === "admin" && (await lacksFactor()) ? "/profile/security" : "/";
}

async function lacksFactor(): Promise<boolean> {
  try {
    const found = await unwrap(api.GET("/api/auth/second-factors/"));
    return found.required && found.totp_since === null && found.passkeys === 0;
  } catch {
    return false;
  }
}

type LoginFormsProps = { providers: Provider[]; next: string | null; reason: string | null };

export function LoginForms({ providers, next: asked, reason }: LoginFormsProps) {
  const address = useSearchParams();
  const tab: Tab = address.get("tab") === "register" ? "register" : "login";
  const auth = useAuth();
  const router = useRouter();
  const user = auth.status === "member" ? auth.user : null;
  const [step, setStep] = useState<Step | null>(null);
  const [next, setNext] = useState(asked);
  const [notice, setNotice] = useState(told(reason));

  const setTab = (chosen: Tab) => {
    const query = new URLSearchParams(address);
    query.set("tab", chosen);
    window.history.replaceState(null, "", `?${query}`);
  };

  useEffect(() => {
    const read = () => {
      const begun = stepInHash(window.location.hash);
      if (!begun) return;
      // It's good for one login, and nothing to be kept in a history.
      window.history.replaceState(null, "", `${window.location.pathname}${window.location.search}`);
      setStep(begun);
      setNext((before) => begun.next ?? before);
    };
    const first = setTimeout(read);
    window.addEventListener("hashchange", read);
    return () => {
      clearTimeout(first);
      window.removeEventListener("hashchange", read);
    };
  }, []);
  useEffect(() => {
    if (user) void homeOf(user).then((home) => router.replace(safeNext(next, home)));
  }, [user, next, router]);

  if (step) {
    const startAgain = (why?: string) => {
      setNotice(why ?? null);
      setStep(null);
    };
    return (
      <Page title={secondStep.title}>
        <SecondStep step={step} onAgain={startAgain} />
      </Page>
    );
  }
  return (
    <Page title={tab === "login" ? text.title : text.registerTitle} lead={tab === "login" ? text.lead : text.registerLead}>
      {notice && (
        <p role="status" className={`mt-6 rounded-md px-4 py-3 text-sm ${notice === resetPassword.done ? "bg-accent-soft text-accent" : "bg-warn-soft text-warn"}`}>
          {notice}
        </p>
      )}
      <Tabs tab={tab} onTab={setTab} />
      <div role="tabpanel" id="panel" aria-labelledby={`tab-${tab}`}>
        {tab === "login" ? <LoginForm onStep={setStep} /> : <RegisterForm onHaveAccount={() => setTab("login")} />}
      </div>
      <OAuthButtons providers={providers} next={safeNext(next, "/")}>
        {tab === "login" && <PasskeyButton />}
      </OAuthButtons>
    </Page>
  );
}

function Page({ title, lead, children }: { title: string; lead?: string; children: ReactNode }) {
  return (
    <div className="shell pt-12 md:pt-20">
      <div className="mx-auto max-w-[26rem]">
        <PageHeading className="text-3xl">{title}</PageHeading>
        {lead && <p className="mt-3 text-muted">{lead}</p>}
        {children}
      </div>
    </div>
  );
}
