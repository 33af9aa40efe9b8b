"use client";

import { Failure } from "@/components/ui/failure";
import { Skeleton } from "@/components/ui/skeleton";
import { account as text } from "@/messages";
import { Panel } from "../panel";
import { useProfile } from "../use-profile";

export function EmailPanel() {
  const query = useProfile();
  return (
    <Panel id="email" title={text.email} text={text.emailText}>
      <div className="mt-4">
        {query.data ? (
          <p className="font-medium break-words">{query.data.email}</p>
        ) : query.isPending ? (
          <Skeleton blocks={["h-6 w-64 max-w-full"]} />
        ) : (
          <Failure compact error={query.error} onRetry={() => query.refetch()} />
        )}
      </div>
    </Panel>
  );
}
