"use client";

import { useQueries } from "@tanstack/react-query";
import { Skeleton } from "@/components/ui/skeleton";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import { deletingMany as text } from "@/messages/admin-sessions";
import { Problem } from "../kit/problem";

const COUNTED = 20;

/** What becomes of the bookings of sessions that are deleted together. Each is asked for by itself, so that many aren't. */
export const DeletingMany = ({ ids }: { ids: string[] }) => (ids.length > COUNTED ? <p>{text.uncounted}</p> : <Counted ids={ids} />);

function Counted({ ids }: { ids: string[] }) {
  const previews = useQueries({
    queries: ids.map((session) => ({
      queryKey: ["cancellations", { session }],
      queryFn: () => unwrap(api.GET("/api/admin/bookings/preview/", { params: { query: { session } } })),
      staleTime: 0,
      gcTime: 0,
      refetchOnWindowFocus: false,
    })),
  });
  const failed = previews.filter(({ error }) => error);
  if (failed[0]) return <Problem compact error={failed[0].error} onRetry={() => failed.forEach(({ refetch }) => void refetch())} />;
  if (previews.some(({ isPending }) => isPending)) return <Skeleton className="space-y-2" blocks={["h-5 w-3/4"]} />;
  return <p>{text.counted(previews.reduce((sum, { data }) => sum + (data?.bookings ?? 0), 0))}</p>;
}
