"use client";

import { useEffect, useState } from "react";
import { Button } from "@/components/ui/button";
import { explain } from "@/components/ui/failure";
import { ApiError } from "@/lib/api/errors";
import type { Member } from "@/lib/auth/session";
import { displayName } from "@/lib/names";
import { notify } from "@/lib/toast";
import { login } from "@/messages";
import { passkeyLogin as text } from "@/messages/factors";

/** An offer lives shorter than the challenge behind it. */
const OFFER_MS = 4 * 60_000;

const library = () => import("@/lib/auth/passkeys");
const welcome = (user: Member) => void notify(login.welcome(displayName(user)));
const canOffer = async () => (await window.PublicKeyCredential?.isConditionalMediationAvailable?.()) ?? false;

/** Logs in by a passkey: with this button, or where the browser offers one for the e-mail field. */
export function PasskeyButton() {
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const fail = (error: unknown) =>
    setProblem(error instanceof ApiError ? explain(error, { invalid_passkey: text.refused, account_disabled: login.disabled }) : text.cancelled);

  useEffect(() => {
    if (busy) return;
    let over = false;
    let timer: ReturnType<typeof setTimeout>;
    const offer = async (): Promise<void> => {
      if (!(await canOffer())) return;
      const { offerPasskeys, stopOffering } = await library();
      if (over) return;
      let expired = false;
      timer = setTimeout(() => {
        expired = true;
        stopOffering();
      }, OFFER_MS);
      try {
        const user = await offerPasskeys(() => !over);
        if (user) welcome(user);
      } catch (error) {
        clearTimeout(timer);
        if (over) return;
        if (expired) return offer();
        // Nobody has asked for an offer, so nobody is told that there is none; but who has chosen one is told.
        if (error instanceof ApiError && error.status < 500 && error.status !== 0) fail(error);
      }
    };
    void offer();
    return () => {
      // Who uses the button ends the offer by it.
      over = true;
      clearTimeout(timer);
    };
  }, [busy]);
  useEffect(() => () => void library().then(({ stopOffering }) => stopOffering()), []);

  const logIn = async () => {
    setProblem(null);
    if (!window.PublicKeyCredential) return setProblem(text.unsupported);
    setBusy(true);
    try {
      welcome(await (await library()).logInByPasskey());
    } catch (error) {
      fail(error);
    } finally {
      setBusy(false);
    }
  };

  return (
    <div>
      <Button variant="secondary" busy={busy} onClick={logIn} className="w-full">
        {text.action}
      </Button>
      <div role="alert" className="mt-3 text-sm text-danger empty:hidden">
        {problem}
      </div>
    </div>
  );
}
