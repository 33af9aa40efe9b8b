"use client";

import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import { sessionPage as text } from "@/messages/admin-sessions";
import { Cancellations, useCancellations } from "../kit/cancellations";
import { Confirm } from "../kit/confirm";
import type { AdminSession } from "./sessions-page";

export function DeleteSession({ session, onClose }: { session: AdminSession; onClose: () => void }) {
  const preview = useCancellations({ session: session.id });
  const run = async (reason: string) => {
    await unwrap(api.DELETE("/api/sessions/{session_id}/", { params: { path: { session_id: session.id }, query: { reason } } }));
    return { text: text.wasDeleted(session.title) };
  };
  return (
    <Confirm title={text.deleteTitle(session.title)} action={text.delete} final disabled={!preview.data} run={run} onClose={onClose}>
      <Cancellations preview={preview} />
      <p className="mt-2">{text.deleteText}</p>
    </Confirm>
  );
}
