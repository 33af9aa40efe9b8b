"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Status } from "@/components/ui/status";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import { factors } from "@/messages/factors";
import { Panel } from "../panel";
import { ChangeDialog } from "./change-dialog";
import { RecoveryCodes } from "./recovery-codes";
import { useFactors, useFactorsChanged } from "./use-factors";

const text = factors.recovery;
const FEW = 3;

/** How many recovery codes are left, and new ones. Nothing while there is no second factor to lose. */
export function RecoveryPanel() {
  const { data: found } = useFactors();
  const changed = useFactorsChanged();
  const [open, setOpen] = useState(false);
  const [codes, setCodes] = useState<string[] | null>(null);
  if (!found || (found.totp_since === null && found.passkeys === 0)) return null;
  const left = found.recovery_codes_left;

  const renew = async (password?: string) => {
    const answer = await unwrap(api.POST("/api/auth/second-factors/recovery-codes/", { body: { current_password: password } }));
    setOpen(false);
    setCodes(answer.recovery_codes);
    await changed();
  };

  return (
    <Panel
      id="recovery-codes"
      title={text.title}
      text={text.text}
      action={
        <Button variant="secondary" size="sm" onClick={() => setOpen(true)}>
          {text.renew}
        </Button>
      }
    >
      <div className="mt-4 flex flex-wrap items-center gap-x-4 gap-y-2">
        <Status tone={left > FEW ? "good" : "warn"}>{text.left(left)}</Status>
        {left <= FEW && <span className="text-sm text-muted">{text.few}</span>}
      </div>
      {open && (
        <ChangeDialog title={text.renewTitle} description={text.renewText} action={text.renew} hasPassword={found.has_password} onSubmit={renew} onClose={() => setOpen(false)} />
      )}
      {codes && <RecoveryCodes codes={codes} onClose={() => setCodes(null)} />}
    </Panel>
  );
}
