"use client";

import { useRouter } from "next/navigation";
import { useEffect } from "react";
import { PageHeading } from "@/components/Heading";
import { Skeleton } from "@/components/ui/skeleton";
import { refresh } from "@/lib/auth/session";
import { safeNext } from "@/lib/next-path";
import { login } from "@/messages";

/** A provider sent the person back with the refresh cookie set: the first refresh makes the login known here. */
export function Callback({ next }: { next: string | null }) {
  const router = useRouter();
  useEffect(() => {
    const failed = `/login?reason=oauth&next=${encodeURIComponent(safeNext(next, "/"))}`;
    refresh().then(
      (known) => router.replace(known ? safeNext(next, "/") : failed),
      () => router.replace(failed),
    );
  }, [next, router]);
  return (
    <div className="shell py-28 text-center">
      <PageHeading className="text-2xl">{login.oauthWait}</PageHeading>
      <Skeleton className="mt-6 grid justify-center" blocks={["h-4 w-56"]} />
    </div>
  );
}
