"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useSearchParams } from "next/navigation";
import { addMonths, startOfMonth } from "date-fns";
import { useState, type ReactNode } from "react";
import { Button, buttonStyle } from "@/components/ui/button";
import { Failure } from "@/components/ui/failure";
import { Skeleton } from "@/components/ui/skeleton";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import type { Session } from "@/lib/api/types";
import { useAuth } from "@/lib/auth/context";
import { calendarDayOf, dayKey, formatDateTime, formatTime, keyOfCalendarDay, sameClock, viewerZone, zoneName } from "@/lib/dates";
import { keys } from "@/lib/query-keys";
import { byDay, nearest } from "@/lib/slots";
import { useLocale } from "@/lib/use-locale";
import { booking as text } from "@/messages";
import { Calendar } from "./calendar";
import { ConfirmDialog } from "./confirm-dialog";
import { Times } from "./times";
import { useAvailability } from "./use-availability";

/** The slot that somebody chose before they went to log in: a time in the address. */
function keptSlot(slot: string | null): string | null {
  const time = slot ? Date.parse(slot) : Number.NaN;
  return Number.isNaN(time) || time < Date.now() ? null : new Date(time).toISOString().replace(".000Z", "Z");
}

/** In the sheet the times scroll and the button stays below them; the panel is short enough. */
const BODY = "space-y-5 max-lg:min-h-0 max-lg:overflow-y-auto max-lg:px-6 max-lg:pt-4 max-lg:pb-5";
const FOOT = "mt-5 max-lg:mt-0 max-lg:border-t max-lg:border-line max-lg:px-6 max-lg:py-4";
const alone = (content: ReactNode) => <div className={BODY}>{content}</div>;

type Trouble = { message: string; missed: string };

export default function Picker({ session }: { session: Session }) {
  const auth = useAuth();
  const locale = useLocale();
  const queries = useQueryClient();
  const zone = viewerZone();
  const address = useSearchParams();
  const [slot, setSlot] = useState(() => keptSlot(address.get("slot")));
  const [month, setMonth] = useState(() => startOfMonth(slot ? calendarDayOf(dayKey(slot, zone)) : new Date()));
  const [day, setDay] = useState<string | null>(slot && dayKey(slot, zone));
  const [confirming, setConfirming] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [closed, setClosed] = useState<string | null>(null);
  const availability = useAvailability(session.id, month);
  const member = auth.status === "member" ? auth.user : null;
  const mine = useQuery({
    queryKey: keys.mineOfSession(session.id),
    queryFn: () => unwrap(api.GET("/api/bookings/my_bookings/", { params: { query: { session: session.id, when: "upcoming", status: "confirmed", page_size: 100 } } })),
    enabled: member !== null,
  });

  if (member?.id === session.creator_details.id) {
    return alone(
      <Notice title={text.ownTitle} text={text.ownText}>
        <Link href="/creator-dashboard" className={buttonStyle("secondary", "md", "w-full")}>
          {text.ownAction}
        </Link>
      </Notice>,
    );
  }
  if (closed !== null || session.status !== "active") return alone(<Notice title={text.closedTitle} text={closed ?? text.closedText} />);
  if (availability.error && !availability.data) return alone(<Failure compact error={availability.error} onRetry={() => availability.refetch()} />);
  if (!availability.data) return alone(<Skeleton className="space-y-4" blocks={["h-[22.5rem] w-full", "h-11 w-full"]} />);

  const slots = availability.data;
  const days = byDay(slots, zone);
  const monthKey = keyOfCalendarDay(month).slice(0, 7);
  const isOpen = (key: string) => key.startsWith(monthKey) && (days.get(key)?.some((each) => each.seats_left > 0) ?? false);
  const monthIsEmpty = !availability.isPlaceholderData && ![...days.keys()].some(isOpen);
  const mineAt = new Set(mine.data?.map((booking) => booking.booking_date));
  const chosen = slots.find((each) => each.start === slot && each.seats_left > 0) ?? null;
  const offer = trouble && nearest(slots, trouble.missed);
  const choose = (start: string) => {
    setSlot(start);
    setDay(dayKey(start, zone));
    setTrouble(null);
  };
  const refused = (message: string, final: boolean) => {
    setConfirming(false);
    if (final) return setClosed(message);
    if (slot) setTrouble({ message, missed: slot });
    setSlot(null);
    void queries.invalidateQueries({ queryKey: ["availability", session.id] });
    void mine.refetch();
  };
  const loginHref = `/login?next=${encodeURIComponent(`/sessions/${session.id}?slot=${slot}`)}`;

  return (
    <>
      <div className={BODY}>
        {mine.data?.[0] && (
          <p className="rounded-md bg-accent-soft px-4 py-3 text-sm">
            {text.already(formatDateTime(mine.data[0].booking_date, zone, locale))}{" "}
            <Link href="/dashboard" className="link inline-block py-0.5">
              {text.alreadyAction}
            </Link>
          </p>
        )}
        <section aria-label={text.date}>
          <Calendar
            month={month}
            onMonth={setMonth}
            selected={day ? calendarDayOf(day) : undefined}
            onSelect={(date) => {
              setDay(keyOfCalendarDay(date));
              setSlot(null);
              setTrouble(null);
            }}
            isOpen={isOpen}
          />
          {monthIsEmpty && (
            <div className="mt-3 text-sm text-muted">
              {slots.some((each) => dayKey(each.start, zone).startsWith(monthKey)) ? text.fullMonth : text.noMonth}{" "}
              <button type="button" className="link py-1" onClick={() => setMonth(addMonths(month, 1))}>
                {text.nextMonth}
              </button>
            </div>
          )}
        </section>
        {day ? (
          <section aria-label={text.time}>
            <div className="mb-2.5">
              <h2 className="text-base">{text.time}</h2>
              <p className="text-sm text-muted">{text.zone(zoneName(zone, days.get(day)?.[0]?.start ?? new Date()))}</p>
            </div>
            <Times slots={days.get(day) ?? []} zone={zone} locale={locale} selected={slot} mine={mineAt} onSelect={choose} />
          </section>
        ) : (
          !monthIsEmpty && <p className="text-sm text-muted">{text.pickDate}</p>
        )}
        {chosen && !sameClock(zone, session.timezone, chosen.start) && (
          <p className="figures text-sm text-muted">{text.hostClock(formatTime(chosen.start, session.timezone, locale), zoneName(session.timezone, chosen.start))}</p>
        )}
        <div role="alert" className="empty:hidden">
          {trouble && (
            <div className="rounded-md bg-warn-soft px-4 py-3 text-sm">
              <p className="font-medium text-warn">{trouble.message}</p>
              {offer ? (
                <button type="button" className="link mt-1 py-1 text-left" onClick={() => choose(offer.start)}>
                  {text.nearest(formatDateTime(offer.start, zone, locale))}
                </button>
              ) : (
                <p className="mt-1">{text.noNearest}</p>
              )}
            </div>
          )}
        </div>
      </div>
      <div className={FOOT}>
        {auth.status === "guest" && chosen ? (
          <div>
            <Link href={loginHref} className={buttonStyle("primary", "md", "w-full")}>
              {text.loginToBook}
            </Link>
            <p className="mt-2 text-center text-sm text-muted">{text.slotKept}</p>
          </div>
        ) : (
          <Button className="w-full" disabled={!chosen || !member} onClick={() => setConfirming(true)}>
            {text.action}
          </Button>
        )}
      </div>
      {confirming && chosen && <ConfirmDialog session={session} slot={chosen} zone={zone} onClose={() => setConfirming(false)} onRefused={refused} loginHref={loginHref} />}
    </>
  );
}

function Notice({ title, text: body, children }: { title: string; text: string; children?: ReactNode }) {
  return (
    <div>
      <h2 className="text-base">{title}</h2>
      <p className="mt-1.5 text-sm text-muted">{body}</p>
      {children && <div className="mt-4">{children}</div>}
    </div>
  );
}
