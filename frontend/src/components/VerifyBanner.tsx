"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import { keys } from "@/lib/query-keys";
import { useResend } from "@/lib/use-resend";
import { verifyEmail as text } from "@/messages";
import { Button } from "./ui/button";

const DISMISSED = "verify-banner-dismissed";

/** Asks to confirm the e-mail address, until that is done or somebody has said "not now" in this tab. */
export function VerifyBanner() {
  const profile = useQuery({ queryKey: keys.profile, queryFn: () => unwrap(api.GET("/api/auth/profile/")), staleTime: 60_000 });
  const [dismissed, setDismissed] = useState(() => sessionStorage.getItem(DISMISSED) !== null);
  const { send, busy, sent, problem } = useResend();
  if (dismissed || !profile.data || profile.data.email_verified) return null;

  const dismiss = () => {
    sessionStorage.setItem(DISMISSED, "1");
    setDismissed(true);
  };
  return (
    <section aria-label={text.bannerLabel} className="mt-6 flex flex-wrap items-center gap-x-4 gap-y-2 rounded-md bg-warn-soft px-4 py-2.5 text-sm">
      <p role="status" className="min-w-0 flex-1 basis-72 break-words">
        {sent ? text.sent(profile.data.email) : (problem ?? `${text.banner} ${text.bannerText(profile.data.email)}`)}
      </p>
      <div className="flex gap-1">
        {!sent && (
          <Button variant="ghost" size="sm" busy={busy} onClick={send}>
            {text.bannerAgain}
          </Button>
        )}
        <Button variant="ghost" size="sm" onClick={dismiss}>
          {text.bannerDismiss}
        </Button>
      </div>
    </section>
  );
}
