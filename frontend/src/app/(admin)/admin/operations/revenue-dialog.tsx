"use client";

import { useState } from "react";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import { randomKey } from "@/lib/random-key";
import { operations as text } from "@/messages/admin-operations";
import { Confirm } from "../kit/confirm";

export type RevenueWork = "check" | "rebuild";

export function RevenueDialog({ work, onClose }: { work: RevenueWork; onClose: () => void }) {
  const [key] = useState(randomKey);
  const action = work === "check" ? text.checkRevenue : text.rebuildRevenue;
  const run = async (reason: string) => {
    await unwrap(api.POST(`/api/admin/booking/revenue/${work}/`, { params: { header: { "Idempotency-Key": key } }, body: { reason } }));
    return { text: text.asked(action) };
  };
  return (
    <Confirm title={`${action}?`} action={action} danger={work === "rebuild"} run={run} onClose={onClose}>
      {work === "check" ? text.checkRevenueText : text.rebuildText}
    </Confirm>
  );
}
