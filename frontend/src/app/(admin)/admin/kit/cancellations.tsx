"use client";

import { useQuery } from "@tanstack/react-query";
import { Money } from "@/components/Money";
import { Skeleton } from "@/components/ui/skeleton";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import { cancellations as text } from "@/messages/admin";
import { Problem } from "./problem";

type Whose = { session: string } | { creator: string };

/** Which bookings would be cancelled, as of now. */
export const useCancellations = (whose: Whose) =>
  useQuery({
    queryKey: ["cancellations", whose],
    queryFn: () => unwrap(api.GET("/api/admin/bookings/preview/", { params: { query: whose } })),
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });

export function Cancellations({ preview }: { preview: ReturnType<typeof useCancellations> }) {
  if (preview.isPending) return <Skeleton className="space-y-2" blocks={["h-5 w-3/4", "h-5 w-1/2"]} />;
  if (!preview.data) return <Problem compact error={preview.error} onRetry={() => void preview.refetch()} />;
  const { bookings, people, refunds } = preview.data;
  if (bookings === 0) return <p role="status">{text.none}</p>;
  return (
    <div role="status" className="figures">
      <p className="font-medium text-ink">{text.some(bookings, people)}</p>
      {refunds.length > 0 && (
        <p>
          {text.refunds}{" "}
          {refunds.map(({ currency, amount }, index) => (
            <span key={currency}>
              {index > 0 && ", "}
              <Money amount={amount} currency={currency} />
            </span>
          ))}
        </p>
      )}
    </div>
  );
}
