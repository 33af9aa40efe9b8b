"use client";

import { security as text } from "@/messages";
import { Frame } from "../frame";
import { PasswordPanel } from "./password-panel";

export function SecurityPage() {
  return (
    <Frame page="security" title={text.title} lead={text.lead}>
      <div className="mt-8 max-w-3xl space-y-6">
        <PasswordPanel />
      </div>
    </Frame>
  );
}
