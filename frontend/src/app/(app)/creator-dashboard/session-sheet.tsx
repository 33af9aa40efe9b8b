"use client";

import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Failure } from "@/components/ui/failure";
import { Skeleton } from "@/components/ui/skeleton";
import { api } from "@/lib/api/client";
import { unwrap, withResponse } from "@/lib/api/errors";
import type { Session } from "@/lib/api/types";
import { viewerZone } from "@/lib/dates";
import { keys } from "@/lib/query-keys";
import { studio } from "@/messages";
import { SessionForm, type FormEvents } from "./session-form";

const text = studio.form;

/** Create (`session` null) or edit. Closing asks first where something would be lost. */
export default function SessionSheet({ session, onClose, onDone }: { session: Session | null; onClose: () => void; onDone: (message: string) => void }) {
  const [dirty, setDirty] = useState(false);
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState(false);
  const close = () => (dirty ? setAsking(true) : onClose());
  const events: FormEvents = { onDirty: setDirty, onBusy: setBusy, onCancel: close, onDone };
  useEffect(() => {
    if (!dirty) return;
    const hold = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", hold);
    return () => window.removeEventListener("beforeunload", hold);
  }, [dirty]);
  return (
    <>
      <Dialog
        open
        kind="sheet"
        flush
        locked={busy}
        onOpenChange={(open) => !open && close()}
        title={session ? text.editTitle : text.createTitle}
        description={session ? text.editLead : text.createLead}
      >
        {session ? <Edit session={session} {...events} /> : <Create {...events} />}
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

const FormSkeleton = () => <Skeleton className="space-y-5 px-6 py-4" blocks={["h-16 w-full", "h-32 w-full", "h-16 w-full", "h-16 w-full"]} />;

/** A new session starts in the profile's time zone; the browser's will do where the profile can't be had. */
function Create(events: FormEvents) {
  const profile = useQuery({ queryKey: keys.profile, queryFn: () => unwrap(api.GET("/api/auth/profile/")), staleTime: 60_000, retry: false });
  if (profile.isPending) return <FormSkeleton />;
  return <SessionForm timezone={profile.data?.timezone || viewerZone()} {...events} />;
}

/** The session as it is now, with its ETag: an edit of something older is refused. */
function Edit({ session, ...events }: FormEvents & { session: Session }) {
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
  if (query.isPending) return <FormSkeleton />;
  if (!query.data) {
    return (
      <div className="px-6 py-4">
        <Failure compact error={query.error} onRetry={() => query.refetch()} />
      </div>
    );
  }
  return <SessionForm session={query.data.session} etag={query.data.etag} timezone={query.data.session.timezone} {...events} />;
}
