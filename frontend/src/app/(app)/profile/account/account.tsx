"use client";

import { account as text } from "@/messages";
import { Frame } from "../frame";
import { DataPanel } from "./data-panel";
import { DeletePanel } from "./delete-panel";
import { EmailPanel } from "./email-panel";
import { LinkedPanel } from "./linked-panel";

export function AccountPage() {
  return (
    <Frame page="account" title={text.title} lead={text.lead}>
      <div className="mt-8 max-w-3xl space-y-6">
        <EmailPanel />
        <LinkedPanel />
        <DataPanel />
        <DeletePanel />
      </div>
    </Frame>
  );
}
