"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Failure } from "@/components/ui/failure";
import { Skeleton } from "@/components/ui/skeleton";
import { api } from "@/lib/api/client";
import { unwrap, withResponse } from "@/lib/api/errors";
import type { Session } from "@/lib/api/types";
import { formatDateTime, viewerZone } from "@/lib/dates";
import { displayName } from "@/lib/names";
import { keys } from "@/lib/query-keys";
import { notify } from "@/lib/toast";
import { useLocale } from "@/lib/use-locale";
import { studio } from "@/messages";

const text = studio.delete;
const NAMED = 5;

export default function DeleteDialog({ session, onClose, onDone }: { session: Session; onClose: () => void; onDone: (message: string) => void }) {
  const queries = useQueryClient();
  const locale = useLocale();
  const zone = viewerZone();
  const affected = useQuery({
    queryKey: keys.affected(session.id),
    queryFn: async () => {
      const query = { session: session.id, when: "upcoming", status: "confirmed", page_size: NAMED } as const;
      const { data, response } = await withResponse(api.GET("/api/bookings/creator_bookings/", { params: { query } }));
      return { bookings: data, total: Number(response.headers.get("x-total-count") ?? data.length) };
    },
    staleTime: 0,
  });
  const remove = useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/sessions/{session_id}/", { params: { path: { session_id: session.id } } })),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: keys.creator });
      void notify(text.done);
      onDone(text.done);
    },
  });
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} locked={remove.isPending} title={text.title(session.title)}>
      {affected.isPending ? (
        <Skeleton className="space-y-2" blocks={["h-5 w-3/4", "h-5 w-1/2"]} />
      ) : !affected.data ? (
        <Failure compact error={affected.error} onRetry={() => affected.refetch()} />
      ) : affected.data.total === 0 ? (
        <p className="text-muted">{text.none}</p>
      ) : (
        <>
          <p>{text.some(affected.data.total)}</p>
          <ul className="figures mt-3 divide-y divide-line border-y border-line text-sm">
            {affected.data.bookings.map((booking) => (
              <li key={booking.id} className="flex justify-between gap-4 py-2">
                <span className="font-medium">{displayName(booking.user_details)}</span>
                <span className="text-right text-muted">{formatDateTime(booking.booking_date, zone, locale)}</span>
              </li>
            ))}
          </ul>
          {affected.data.total > NAMED && <p className="mt-2 text-sm text-muted">{text.more(affected.data.total - NAMED)}</p>}
        </>
      )}
      <p className="mt-4 text-sm text-muted">{text.final}</p>
      {remove.error && (
        <div className="mt-4">
          <Failure compact error={remove.error} />
        </div>
      )}
      <div className="mt-6 flex flex-wrap justify-end gap-2.5">
        <Button variant="secondary" onClick={onClose} disabled={remove.isPending}>
          {text.keep}
        </Button>
        <Button variant="danger" busy={remove.isPending} disabled={!affected.data} onClick={() => remove.mutate()}>
          {text.confirm}
        </Button>
      </div>
    </Dialog>
  );
}
