"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Failure } from "@/components/ui/failure";
import { FormSheet } from "@/components/ui/form-sheet";
import { Skeleton } from "@/components/ui/skeleton";
import { api } from "@/lib/api/client";
import { unwrap, withResponse } from "@/lib/api/errors";
import type { Session } from "@/lib/api/types";
import { viewerZone } from "@/lib/dates";
import { keys } from "@/lib/query-keys";
import { studio } from "@/messages";
import { SessionForm, type AdminFields, type FormEvents } from "./session-form";

const text = studio.form;

type SessionSheetProps = { session: Pick<Session, "id"> | null; admin?: AdminFields; onClose: () => void; onDone: FormEvents["onDone"] };

/** Create (`session` null) or edit. Closing asks first where something would be lost. */
export default function SessionSheet({ session, admin, onClose, onDone }: SessionSheetProps) {
  const [dirty, setDirty] = useState(false);
  const [busy, setBusy] = useState(false);
  const events = { onDirty: setDirty, onBusy: setBusy, onDone };
  return (
    <FormSheet title={session ? text.editTitle : text.createTitle} lead={session ? text.editLead : (admin?.createLead ?? text.createLead)} dirty={dirty} busy={busy} onClose={onClose}>
      {(close) => (session ? <Edit id={session.id} admin={admin} onCancel={close} {...events} /> : <Create admin={admin} onCancel={close} {...events} />)}
    </FormSheet>
  );
}

type FormProps = FormEvents & { admin?: AdminFields };

const FormSkeleton = () => <Skeleton className="space-y-5 px-6 py-4" blocks={["h-16 w-full", "h-32 w-full", "h-16 w-full", "h-16 w-full"]} />;

/** A new session starts in the profile's time zone; the browser's will do where the profile can't be had. */
function Create(form: FormProps) {
  const profile = useQuery({ queryKey: keys.profile, queryFn: () => unwrap(api.GET("/api/auth/profile/")), staleTime: 60_000, retry: false });
  if (profile.isPending) return <FormSkeleton />;
  return <SessionForm timezone={profile.data?.timezone || viewerZone()} {...form} />;
}

/** The session as it is now, with its ETag: an edit of something older is refused. */
function Edit({ id, ...form }: FormProps & { id: string }) {
  const query = useQuery({
    queryKey: keys.ownSession(id),
    queryFn: async () => {
      const { data, response } = await withResponse(api.GET("/api/sessions/{session_id}/", { params: { path: { session_id: id } } }));
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
  return <SessionForm session={query.data.session} etag={query.data.etag} timezone={query.data.session.timezone} {...form} />;
}
