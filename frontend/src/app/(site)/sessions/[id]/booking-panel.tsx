"use client";

import dynamic from "next/dynamic";
import Link from "next/link";
import { useSearchParams } from "next/navigation";
import { useState, useSyncExternalStore } from "react";
import { Money } from "@/components/Money";
import { Button, buttonStyle } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import type { Session } from "@/lib/api/types";
import { useAuth } from "@/lib/auth/context";
import { booking as text } from "@/messages";

const PickerSkeleton = () => <Skeleton className="space-y-4" blocks={["h-[22.5rem] w-full", "h-11 w-full"]} />;
const Picker = dynamic(() => import("./picker"), { ssr: false, loading: PickerSkeleton });
const Sheet = dynamic(() => import("@/components/ui/dialog").then((module) => module.Dialog), { ssr: false });

const WIDE = "(min-width: 1024px)";
const subscribe = (listener: () => void) => {
  const query = window.matchMedia(WIDE);
  query.addEventListener("change", listener);
  return () => query.removeEventListener("change", listener);
};

/** On a wide screen a panel beside the text; on a narrow one a bar at the bottom that opens a sheet. */
export function BookingPanel({ session }: { session: Session }) {
  const auth = useAuth();
  const own = auth.status === "member" && auth.user.id === session.creator_details.id;
  const wide = useSyncExternalStore(subscribe, () => window.matchMedia(WIDE).matches, () => null);
  // Coming back from the login with a slot kept, a phone shows the sheet at once.
  const [open, setOpen] = useState(useSearchParams().has("slot"));
  const price = (
    <p>
      <span className="text-xl font-semibold">
        <Money amount={session.price} currency={session.currency} free />
      </span>{" "}
      <span className="text-sm text-muted">{text.perSeat}</span>
    </p>
  );
  return (
    <>
      <aside aria-label={text.title} className="hidden lg:block">
        <div className="panel sticky top-24 p-6">
          <div className="mb-5 border-b border-line pb-4">{price}</div>
          {wide === false ? null : wide ? <Picker session={session} /> : <PickerSkeleton />}
        </div>
      </aside>
      <div className="fixed inset-x-0 bottom-0 z-20 border-t border-line bg-surface lg:hidden">
        <div className="shell flex items-center justify-between gap-4 py-3">
          {price}
          {own ? (
            <Link href="/creator-dashboard" className={buttonStyle("secondary")}>
              {text.ownAction}
            </Link>
          ) : (
            <Button onClick={() => setOpen(true)}>{text.choose}</Button>
          )}
        </div>
      </div>
      {wide === false && open && (
        <Sheet open onOpenChange={setOpen} kind="sheet" flush title={text.title} description={session.title}>
          <Picker session={session} />
        </Sheet>
      )}
    </>
  );
}
