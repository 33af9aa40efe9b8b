"use client";

import { factors as text } from "@/messages/factors";
import { useFactors } from "./use-factors";

/** For admins who must have a second factor and have none. */
export function RequiredNotice() {
  const { data: found } = useFactors();
  if (!found?.required || found.totp_since !== null || found.passkeys > 0) return null;
  return (
    <div role="status" className="rounded-md bg-warn-soft px-4 py-3 text-sm text-warn">
      <p className="font-medium">{text.required}</p>
      <p>{text.requiredText}</p>
    </div>
  );
}
