"use client";

import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import { useAttempt } from "@/lib/use-attempt";
import { operations as text } from "@/messages/admin-operations";
import { Confirm } from "../kit/confirm";

export type RevenueWork = "check" | "rebuild";

export function RevenueDialog({ work, onClose }: { work: RevenueWork; onClose: () => void }) {
  const attempt = useAttempt();
  const action = work === "check" ? text.checkRevenue : text.rebuildRevenue;
  const run = async (reason: string) => {
    await attempt({ reason }, (body, key) => unwrap(api.POST(`/api/admin/booking/revenue/${work}/`, { params: { header: { "Idempotency-Key": key } }, body })));
    return { text: text.asked(action) };
  };
  return (
    <Confirm title={`${action}?`} action={action} danger={work === "rebuild"} run={run} onClose={onClose}>
      {work === "check" ? text.checkRevenueText : text.rebuildText}
    </Confirm>
  );
}
