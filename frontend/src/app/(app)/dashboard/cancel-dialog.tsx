"use client";

import { useMutation, useQueryClient, type InfiniteData } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { explain } from "@/components/ui/failure";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import type { Booking } from "@/lib/api/types";
import { formatDateTime, viewerZone } from "@/lib/dates";
import { keys } from "@/lib/query-keys";
import { notify } from "@/lib/toast";
import { useLocale } from "@/lib/use-locale";
import { dashboard as text } from "@/messages";

type Pages = InfiniteData<Booking[]>;
const ACTIVE = keys.myBookings("active");

export function CancelDialog({ booking, onClose }: { booking: Booking; onClose: () => void }) {
  const queries = useQueryClient();
  const locale = useLocale();
  const [problem, setProblem] = useState<string | null>(null);

  const cancel = useMutation({
    mutationFn: () => unwrap(api.PATCH("/api/bookings/{booking_id}/", { params: { path: { booking_id: booking.id } }, body: { status: "cancelled" } })),
    onMutate: () => setProblem(null),
    onError: (error) => setProblem(explain(error, text.errors)),
    onSuccess: async () => {
      await queries.cancelQueries({ queryKey: ACTIVE });
      // Gone from the list at once; the answer of the next reading agrees.
      queries.setQueryData<Pages>(ACTIVE, (data) => data && { ...data, pages: data.pages.map((page) => page.filter(({ id }) => id !== booking.id)) });
      void queries.invalidateQueries({ queryKey: keys.bookings });
      void notify(text.cancelled);
      onClose();
    },
  });

  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} locked={cancel.isPending} title={text.cancelTitle}>
      <p className="text-muted">{text.cancelText(booking.session_details.title, formatDateTime(booking.booking_date, viewerZone(), locale))}</p>
      <div role="alert" className="mt-4 rounded-md bg-danger-soft px-4 py-3 text-sm empty:hidden">
        {problem}
      </div>
      <div className="mt-6 flex flex-wrap justify-end gap-2.5">
        <Button variant="secondary" onClick={onClose} disabled={cancel.isPending}>
          {text.keep}
        </Button>
        <Button variant="danger" busy={cancel.isPending} onClick={() => cancel.mutate()}>
          {text.cancelConfirm}
        </Button>
      </div>
    </Dialog>
  );
}
