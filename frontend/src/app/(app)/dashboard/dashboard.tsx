"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useEffect, useRef, useState } from "react";
import { PageHeading } from "@/components/Heading";
import { PrivateRoute } from "@/components/PrivateRoute";
import { buttonStyle } from "@/components/ui/button";
import { Empty } from "@/components/ui/empty";
import { explain, Failure } from "@/components/ui/failure";
import { More } from "@/components/ui/more";
import { Skeleton } from "@/components/ui/skeleton";
import { VerifyBanner } from "@/components/VerifyBanner";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import type { Booking } from "@/lib/api/types";
import { displayName } from "@/lib/names";
import { keys } from "@/lib/query-keys";
import { dashboard as text } from "@/messages";
import { BookingRow } from "./booking-row";
import { CancelDialog } from "./cancel-dialog";
import { NextUp } from "./next-up";
import { useCancel } from "./use-cancel";

export type Tab = "active" | "past" | "cancelled";
const TABS: Tab[] = ["active", "past", "cancelled"];
/** All that is ahead comes at once, or the next one could be on a later page. */
const PAGE_SIZES = { active: 100, past: 20, cancelled: 20 };

const FILTERS = {
  active: { when: "upcoming", status: "confirmed" },
  past: { when: "past", status: "confirmed" },
  cancelled: { status: "cancelled" },
} as const;

export function Dashboard({ tab }: { tab: Tab }) {
  return (
    <PrivateRoute>
      {(user) => (
        <div className="shell pt-10 md:pt-14">
          <PageHeading className="text-3xl">{text.greeting(user.first_name || displayName(user))}</PageHeading>
          <p className="mt-2 text-muted">{text.lead}</p>
          <VerifyBanner />
          <nav aria-label={text.tabsLabel} className="mt-8 flex gap-6 border-b border-line">
            {TABS.map((each) => (
              <Link
                key={each}
                href={each === "active" ? "/dashboard" : `/dashboard?tab=${each}`}
                scroll={false}
                aria-current={each === tab ? "page" : undefined}
                className="-mb-px flex min-h-11 items-center border-b-2 border-transparent text-sm font-medium text-muted hover:text-ink aria-[current]:border-accent aria-[current]:text-ink"
              >
                {text.tabs[each]}
              </Link>
            ))}
          </nav>
          <Bookings tab={tab} />
        </div>
      )}
    </PrivateRoute>
  );
}

function Bookings({ tab }: { tab: Tab }) {
  const size = PAGE_SIZES[tab];
  const query = useInfiniteQuery({
    queryKey: keys.myBookings(tab),
    queryFn: ({ pageParam }) => unwrap(api.GET("/api/bookings/my_bookings/", { params: { query: { ...FILTERS[tab], page: pageParam, page_size: size } } })),
    initialPageParam: 1,
    getNextPageParam: (last, pages) => (last.length === size ? pages.length + 1 : undefined),
  });
  const cancel = useCancel();
  const [asked, setAsked] = useState<Booking | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const bookings = query.data?.pages.flat() ?? [];
  const count = bookings.length;
  const cancelled = cancel.variables;
  useEffect(() => {
    // The button that was used has left with its row.
    if (cancelled && document.activeElement === document.body) heading.current?.focus();
  }, [cancelled, count]);

  if (query.isPending) return <Skeleton className="mt-8 space-y-5" blocks={["h-8 w-48", "h-62 w-full", "h-24 w-full", "h-24 w-full"]} />;
  if (query.error && !query.data) {
    return (
      <div className="mt-10">
        <Failure error={query.error} onRetry={() => query.refetch()} />
      </div>
    );
  }
  // The API lists the newest first; what is still to come is read from the next one on.
  if (tab === "active") bookings.sort((a, b) => a.booking_date.localeCompare(b.booking_date));
  const [first] = bookings;
  const listed = tab === "active" ? bookings.slice(1) : bookings;
  return (
    <section aria-labelledby="bookings" className="mt-8">
      <h2 id="bookings" ref={heading} tabIndex={-1} className={tab === "active" ? "mb-4 text-xl focus:outline-none" : "sr-only"}>
        {text.tabs[tab]}
      </h2>
      <Outcome cancel={cancel} />
      {!first ? (
        <Empty drawing="calendar" title={text.empty[tab].title} text={text.empty[tab].text} level={3}>
          <Link href="/" className={buttonStyle("primary")}>
            {text.browse}
          </Link>
        </Empty>
      ) : (
        <>
          {tab === "active" && <NextUp booking={first} onCancel={setAsked} />}
          <ul className="divide-y divide-line">
            {listed.map((booking) => (
              <BookingRow key={booking.id} booking={booking} tab={tab} onCancel={setAsked} />
            ))}
          </ul>
        </>
      )}
      <More query={query} label={text.more} />
      {asked && (
        <CancelDialog
          booking={asked}
          onClose={() => setAsked(null)}
          onConfirm={() => {
            setAsked(null);
            cancel.mutate(asked);
          }}
        />
      )}
    </section>
  );
}

/** How the last cancelling ended. */
function Outcome({ cancel: { isSuccess, error, variables } }: { cancel: ReturnType<typeof useCancel> }) {
  const title = variables?.session_details.title ?? "";
  return (
    <>
      <p role="status" className="mb-4 rounded-md bg-accent-soft px-4 py-3 text-sm empty:hidden">
        {isSuccess && text.cancelled(title)}
      </p>
      <p role="alert" className="mb-4 rounded-md bg-danger-soft px-4 py-3 text-sm empty:hidden">
        {error && text.notCancelled(title, explain(error, text.errors))}
      </p>
    </>
  );
}
