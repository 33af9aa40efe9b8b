"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Failure } from "@/components/ui/failure";
import { Skeleton } from "@/components/ui/skeleton";
import { api } from "@/lib/api/client";
import { withResponse } from "@/lib/api/errors";
import type { Session } from "@/lib/api/types";
import { keys } from "@/lib/query-keys";
import { studio } from "@/messages";
import { SessionForm } from "./session-form";

const text = studio.form;

/** Create (`session` null) or edit. Closing asks first where something would be lost. */
export default function SessionSheet({ session, onClose }: { session: Session | null; onClose: () => void }) {
  const [dirty, setDirty] = useState(false);
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState(false);
  const close = () => (dirty ? setAsking(true) : onClose());
  return (
    <>
      <Dialog
        open
        kind="sheet"
        locked={busy}
        onOpenChange={(open) => !open && close()}
        title={session ? text.editTitle : text.createTitle}
        description={session ? text.editLead : text.createLead}
      >
        {session ? (
          <Edit session={session} onDirty={setDirty} onBusy={setBusy} onCancel={close} onDone={onClose} />
        ) : (
          <SessionForm onDirty={setDirty} onBusy={setBusy} onCancel={close} onDone={onClose} />
        )}
      </Dialog>
      {asking && (
        <Dialog open onOpenChange={setAsking} title={text.guardTitle} description={text.guardText}>
          <div className="flex flex-wrap justify-end gap-2.5">
            <Button variant="secondary" onClick={() => setAsking(false)}>
              {text.guardStay}
            </Button>
            <Button variant="danger" onClick={onClose}>
              {text.guardLeave}
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}

type EditProps = { session: Session; onDirty: (dirty: boolean) => void; onBusy: (busy: boolean) => void; onCancel: () => void; onDone: () => void };

/** The session as it is now, with its ETag: an edit of something older is refused. */
function Edit({ session, ...rest }: EditProps) {
  const query = useQuery({
    queryKey: keys.ownSession(session.id),
    queryFn: async () => {
      const { data, response } = await withResponse(api.GET("/api/sessions/{session_id}/", { params: { path: { session_id: session.id } } }));
      return { session: data, etag: response.headers.get("etag") };
    },
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  if (query.isPending) return <Skeleton className="space-y-5" blocks={["h-16 w-full", "h-32 w-full", "h-16 w-full", "h-16 w-full"]} />;
  if (!query.data) return <Failure compact error={query.error} onRetry={() => query.refetch()} />;
  return <SessionForm session={query.data.session} etag={query.data.etag} {...rest} />;
}
