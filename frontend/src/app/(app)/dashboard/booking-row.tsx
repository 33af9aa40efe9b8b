"use client";

import Link from "next/link";
import { Money } from "@/components/Money";
import { Cover } from "@/components/Cover";
import { Status } from "@/components/ui/status";
import type { Booking } from "@/lib/api/types";
import { formatDate, viewerZone } from "@/lib/dates";
import { displayName } from "@/lib/names";
import { useLocale } from "@/lib/use-locale";
import { card, dashboard as text } from "@/messages";
import { BookingActions, When } from "./booking-parts";
import type { Tab } from "./dashboard";

const STATUS = {
  active: <Status tone="good">{text.status.confirmed}</Status>,
  past: <Status tone="calm">{text.status.past}</Status>,
  cancelled: <Status tone="bad">{text.status.cancelled}</Status>,
};

type BookingRowProps = { booking: Booking; tab: Tab; onCancel: (booking: Booking) => void };

export function BookingRow({ booking, tab, onCancel }: BookingRowProps) {
  const locale = useLocale();
  const details = booking.session_details;
  const reason = booking.cancel_reason && (text.reasons[booking.cancel_reason] ?? booking.cancel_reason);
  return (
    <li className="grid grid-cols-[5.5rem_1fr] gap-x-4 gap-y-3 py-5 sm:grid-cols-[7rem_1fr_auto] sm:gap-x-6">
      <Cover id={details.id} category={details.category} imageUrl={details.image_url} sizes="7rem" className="self-start rounded-md" />
      <div className="min-w-0">
        <h3 className="text-base leading-snug">
          <Link href={`/sessions/${details.id}`} className="hover:underline">
            {details.title}
          </Link>
        </h3>
        <p className="text-sm text-muted">
          {card.by} {displayName(details.creator_details)}
        </p>
        <div className="mt-2">
          <When booking={booking} />
        </div>
        {tab === "cancelled" && reason && <p className="mt-2 text-sm text-muted">{reason}</p>}
      </div>
      <div className="col-span-2 flex flex-wrap items-center justify-between gap-x-6 gap-y-2 sm:col-span-1 sm:flex-col sm:items-end sm:justify-start">
        <div className="flex items-center justify-between gap-4 max-sm:w-full">
          {STATUS[tab]}
          <span className="min-w-20 text-right font-semibold">
            <Money amount={booking.amount} currency={booking.currency} />
          </span>
        </div>
        {tab === "active" ? <BookingActions booking={booking} onCancel={onCancel} className="sm:-mr-3" /> : <p className="figures text-sm text-muted">{text.bookedOn(formatDate(booking.created_at, viewerZone(), locale))}</p>}
      </div>
    </li>
  );
}
