"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { explain } from "@/components/ui/failure";
import { api } from "@/lib/api/client";
import { ApiError, isTemporary, unwrap } from "@/lib/api/errors";
import type { Session, Slot } from "@/lib/api/types";
import { formatDay, formatTime, sameClock, zoneName } from "@/lib/dates";
import { formatMoney, isFree } from "@/lib/money";
import { displayName } from "@/lib/names";
import { keys } from "@/lib/query-keys";
import { randomKey } from "@/lib/random-key";
import { notify } from "@/lib/toast";
import { useLocale } from "@/lib/use-locale";
import { booking as text, session as sessionText } from "@/messages";

type ConfirmDialogProps = {
  session: Session;
  slot: Slot;
  zone: string;
  loginHref: string;
  onClose: () => void;
  /** Nothing was booked. `final`: no other time will do either. */
  onRefused: (message: string, final: boolean) => void;
};

const OTHER_TIME = new Set(["sold_out", "already_booked", "creator_busy"]);
const NO_TIME = new Set(["not_bookable", "own_session", "not_found"]);

export function ConfirmDialog({ session, slot, zone, loginHref, onClose, onRefused }: ConfirmDialogProps) {
  const router = useRouter();
  const queries = useQueryClient();
  const locale = useLocale();
  const [price, setPrice] = useState({ amount: session.price, currency: session.currency });
  const [problem, setProblem] = useState<string | null>(null);
  // One key per attempt: where no answer came, trying again repeats the attempt and can't book twice.
  const attempt = useRef(randomKey());

  // A second click can come before the button knows that it is busy.
  const sending = useRef(false);

  const book = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/api/bookings/", {
          params: { header: { "Idempotency-Key": attempt.current } },
          body: { session: session.id, booking_date: slot.start, expected_amount: price.amount },
        }),
      ),
    onMutate: () => setProblem(null),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: keys.bookings });
      void queries.invalidateQueries({ queryKey: ["availability", session.id] });
      void notify(text.done);
      router.push("/dashboard");
    },
    onError: (error) => {
      sending.current = false;
      if (!(error instanceof ApiError)) return setProblem(explain(error));
      if (isTemporary(error) || error.code === "in_progress") return setProblem(explain(error, text.errors));
      attempt.current = randomKey();
      if (error.status === 401) return router.push(loginHref);
      if (OTHER_TIME.has(error.code)) return onRefused(explain(error, text.errors), false);
      if (NO_TIME.has(error.code)) return onRefused(explain(error, text.errors), true);
      if (error.code === "price_changed") {
        const now = { amount: String(error.problem.price), currency: String(error.problem.currency) };
        setPrice(now);
        return setProblem(text.priceChanged(formatMoney(now.amount, now.currency, locale)));
      }
      setProblem(explain(error));
    },
  });

  const amount = formatMoney(price.amount, price.currency, locale);
  // The dialog stays, waiting, until the dashboard is there.
  const busy = book.isPending || book.isSuccess;
  const clock = (each: string) => `${formatDay(slot.start, each, locale)}, ${formatTime(slot.start, each, locale)}`;
  const rows = [
    [text.when, clock(zone), zoneName(zone, slot.start)],
    ...(sameClock(zone, session.timezone, slot.start) ? [] : [["", clock(session.timezone), zoneName(session.timezone, slot.start)] as const]),
    [text.where, session.location || sessionText.defaultPlace, ""],
    [text.host, displayName(session.creator_details), ""],
  ] as const;

  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} locked={busy} title={text.confirmTitle} description={session.title}>
      <dl className="divide-y divide-line border-y border-line">
        {rows.map(([label, value, more], index) => (
          <div key={index} className="flex justify-between gap-6 py-3">
            <dt className="text-sm text-muted">{label || session.timezone.split("/").at(-1)?.replaceAll("_", " ")}</dt>
            <dd className="figures text-right">
              {value}
              {more && <span className="block text-sm text-muted">{more}</span>}
            </dd>
          </div>
        ))}
        <div className="flex items-baseline justify-between gap-6 py-3">
          <dt className="text-sm text-muted">{text.total}</dt>
          <dd className="figures text-lg font-semibold">{amount}</dd>
        </div>
      </dl>
      <p className="mt-4 text-sm text-muted">{text.confirmText}</p>
      <div role="alert" className="mt-4 rounded-md bg-warn-soft px-4 py-3 text-sm text-warn empty:hidden">
        {problem}
      </div>
      <div className="mt-6 grid grid-cols-[auto_1fr] gap-2.5">
        <Button variant="secondary" onClick={onClose} disabled={busy}>
          {text.back}
        </Button>
        <Button
          busy={busy}
          onClick={() => {
            if (sending.current) return;
            sending.current = true;
            book.mutate();
          }}
        >
          {busy ? text.pending : isFree(price.amount) ? text.confirmFree : text.confirm(amount)}
        </Button>
      </div>
    </Dialog>
  );
}
