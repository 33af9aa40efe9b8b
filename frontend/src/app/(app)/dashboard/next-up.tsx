"use client";

import Link from "next/link";
import { useEffect, useState } from "react";
import { Cover } from "@/components/Cover";
import { Money } from "@/components/Money";
import { Status } from "@/components/ui/status";
import type { Booking } from "@/lib/api/types";
import { formatCountdown } from "@/lib/dates";
import { displayName } from "@/lib/names";
import { useLocale } from "@/lib/use-locale";
import { card, dashboard as text } from "@/messages";
import { BookingActions, When } from "./booking-parts";

/** The next booking, larger, with the time that is left. */
export function NextUp({ booking, onCancel }: { booking: Booking; onCancel: (booking: Booking) => void }) {
  const locale = useLocale();
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 1_000);
    return () => clearInterval(timer);
  }, []);
  const details = booking.session_details;
  const started = Date.parse(booking.booking_date) <= now.getTime();
  return (
    <article aria-label={details.title} className="panel mb-5 grid overflow-hidden sm:grid-cols-[17rem_1fr]">
      <Cover id={details.id} category={details.category} imageUrl={details.image_url} sizes="(min-width: 40rem) 17rem, 92vw" className="max-sm:aspect-[16/6]! sm:aspect-auto! sm:h-full" />
      <div className="flex min-w-0 flex-col p-5 sm:p-6">
        <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
          <p className="text-sm font-medium text-accent">
            {text.next}
            <span className="figures font-normal text-muted">
              {" · "}
              {started ? text.started : text.starts(formatCountdown(booking.booking_date, now, locale))}
            </span>
          </p>
          <Status tone="good">{text.status.confirmed}</Status>
        </div>
        <h3 className="mt-2 text-xl">
          <Link href={`/sessions/${details.id}`} className="hover:underline">
            {details.title}
          </Link>
        </h3>
        <p className="mt-1 text-muted">
          {card.by} {displayName(details.creator_details)}
        </p>
        <div className="mt-4 flex flex-wrap items-end justify-between gap-x-6 gap-y-2">
          <When booking={booking} />
          <span className="font-semibold">
            <Money amount={booking.amount} currency={booking.currency} />
          </span>
        </div>
        <div className="mt-5 border-t border-line pt-4">
          <BookingActions booking={booking} onCancel={onCancel} className="max-sm:justify-between" />
        </div>
      </div>
    </article>
  );
}
