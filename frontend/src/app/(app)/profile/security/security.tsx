"use client";

import { security as text } from "@/messages";
import { Frame } from "../frame";
import { AppPanel } from "./app-panel";
import { DevicesPanel } from "./devices-panel";
import { PasskeysPanel } from "./passkeys-panel";
import { PasswordPanel } from "./password-panel";
import { RecoveryPanel } from "./recovery-panel";
import { RequiredNotice } from "./required-notice";

export function SecurityPage() {
  return (
    <Frame page="security" title={text.title} lead={text.lead}>
      <div className="mt-8 max-w-3xl space-y-6">
        <RequiredNotice />
        <PasswordPanel />
        <AppPanel />
        <PasskeysPanel />
        <RecoveryPanel />
        <DevicesPanel />
      </div>
    </Frame>
  );
}
