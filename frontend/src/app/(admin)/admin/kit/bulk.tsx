"use client";

import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { randomKey } from "@/lib/random-key";
import type { components } from "@/lib/api/schema";
import { useAttempt } from "@/lib/use-attempt";
import { adminConfirm, adminList as text } from "@/messages/admin";
import { Confirm } from "./confirm";
import { Problem } from "./problem";

export type BulkResult = components["schemas"]["BulkResult"];
export type BulkRequest = { ids: string[]; reason?: string; dry_run?: boolean };

export type BulkAction = {
  name: string;
  /** What else follows. */
  note?: (ids: string[]) => ReactNode;
  danger?: boolean;
  /** Nothing brings it back. */
  final?: boolean;
  /** What exactly nothing brings back, where it isn't all of it. */
  finalText?: string;
  reasonHint?: string;
  run: (request: BulkRequest, idempotencyKey: string) => Promise<BulkResult>;
  /** Its opposite, where there is one. */
  opposite?: (request: BulkRequest, idempotencyKey: string) => Promise<BulkResult>;
};

/** What can be done with the selected rows, at the bottom of the window while there are any. */
export function BulkBar({ actions, ids, onClear }: { actions: BulkAction[]; ids: string[]; onClear: () => void }) {
  const [asked, setAsked] = useState<BulkAction | null>(null);
  if (ids.length === 0) return null;
  return (
    <div role="region" aria-label={text.selection} className="panel animate-rise sticky bottom-4 z-20 mt-6 flex flex-wrap items-center gap-2 p-2.5 pl-4 shadow-lift">
      <p role="status" className="figures mr-auto text-sm font-medium">
        {text.selected(ids.length)}
      </p>
      {actions.map((action) => (
        <Button key={action.name} size="sm" variant={action.danger ? "danger" : "secondary"} onClick={() => setAsked(action)}>
          {action.name}
        </Button>
      ))}
      <Button size="sm" variant="ghost" onClick={onClear}>
        {text.unselect}
      </Button>
      {asked && <BulkDialog action={asked} ids={ids} onClose={() => setAsked(null)} onDone={onClear} />}
    </div>
  );
}

type BulkDialogProps = { action: BulkAction; ids: string[]; onClose: () => void; onDone: () => void };

/** Tries it first, without effect: the count is what the real request will do. */
function BulkDialog({ action, ids, onClose, onDone }: BulkDialogProps) {
  const attempt = useAttempt();
  const trial = useQuery({
    queryKey: ["bulk-trial", action.name, ids],
    queryFn: () => action.run({ ids, dry_run: true }, randomKey()),
    staleTime: Infinity,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  const result = trial.data;
  const run = async (reason: string) => {
    const { done, skipped } = await attempt({ ids, reason }, action.run);
    const left = new Set(skipped.map(({ id }) => id));
    const changed = ids.filter((id) => !left.has(id));
    const { opposite } = action;
    const undo = async (of: NonNullable<typeof opposite>) => {
      const back = await of({ ids: changed, reason: adminConfirm.undoReason(action.name) }, randomKey());
      return back.skipped.length > 0 ? adminConfirm.undonePartly(back.done, back.skipped.length) : undefined;
    };
    return {
      text: adminConfirm.done(action.name, done, skipped.length),
      undo: opposite && changed.length > 0 ? () => undo(opposite) : undefined,
    };
  };
  return (
    <Confirm title={adminConfirm.bulkTitle(action.name, ids.length)} action={action.name} danger={action.danger} final={action.final} finalText={action.finalText} reasonHint={action.reasonHint} disabled={!result || result.done === 0} run={run} onClose={onClose} onDone={onDone}>
      {trial.isPending ? (
        <Skeleton className="space-y-2" blocks={["h-5 w-3/4", "h-5 w-1/2"]} />
      ) : !result ? (
        <Problem compact error={trial.error} onRetry={() => void trial.refetch()} />
      ) : (
        <div role="status" className="figures">
          <p className="font-medium text-ink">{result.done === 0 ? adminConfirm.nothing : adminConfirm.willChange(result.done)}</p>
          {action.note && result.done > 0 && <div className="mt-2">{action.note(ids)}</div>}
          {result.skipped.length > 0 && (
            <>
              <p className="mt-2">{adminConfirm.willSkip(result.skipped.length)}</p>
              <ul className="mt-1 list-disc pl-5 text-sm">
                {[...new Set(result.skipped.map(({ detail }) => detail))].map((detail) => (
                  <li key={detail}>{adminConfirm.skippedBecause(result.skipped.filter((each) => each.detail === detail).length, detail)}</li>
                ))}
              </ul>
            </>
          )}
        </div>
      )}
    </Confirm>
  );
}
