"use client";

import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Skeleton } from "@/components/ui/skeleton";
import { ApiError } from "@/lib/api/errors";
import { formatStamp, viewerZone } from "@/lib/dates";
import { useLocale } from "@/lib/use-locale";
import { admin } from "@/messages/admin";
import { operations as text } from "@/messages/admin-operations";
import { Problem } from "../kit/problem";
import { useLetter, type Consumer } from "./services";

type LetterSheetProps = { service: Consumer; id: string; onClose: () => void; onSend: () => void };

/** One dead letter, whole. */
export function LetterSheet({ service, id, onClose, onSend }: LetterSheetProps) {
  const locale = useLocale();
  const { data: letter, error, isPending, refetch } = useLetter(service, id);
  const columns = text.letterColumns;
  return (
    <Dialog open kind="sheet" onOpenChange={(open) => !open && onClose()} title={letter?.type ?? text.noType}>
      {isPending ? (
        <Skeleton className="space-y-3" blocks={["h-20 w-full", "h-64 w-full"]} />
      ) : !letter ? (
        error instanceof ApiError && error.status === 404 ? (
          <p className="text-muted">{text.gone}</p>
        ) : (
          <Problem compact error={error} onRetry={() => void refetch()} />
        )
      ) : (
        <>
          <p className="rounded-md bg-danger-soft px-4 py-3 text-sm">
            <span className="block font-medium">{text.error}</span>
            {letter.reason}
          </p>
          <dl className="figures mt-4 grid grid-cols-[6rem_minmax(0,1fr)] gap-x-3 gap-y-1.5 text-sm [&>dt]:text-muted">
            <dt>{text.id}</dt>
            <dd>{letter.id}</dd>
            <dt>{text.subject}</dt>
            <dd>{letter.subject ?? admin.none}</dd>
            <dt>{columns.attempts}</dt>
            <dd>{letter.attempts}</dd>
            <dt>{columns.died}</dt>
            <dd>{letter.died_at ? formatStamp(letter.died_at, viewerZone(), locale) : admin.none}</dd>
          </dl>
          <Code title={text.payload} value={letter.payload} />
          <Code title={text.headers} value={letter.headers} />
          <div className="mt-6 flex justify-end">
            <Button onClick={onSend}>{text.sendAgain}</Button>
          </div>
        </>
      )}
    </Dialog>
  );
}

function Code({ title, value }: { title: string; value: unknown }) {
  return (
    <>
      <h3 className="mt-5 mb-1.5 text-sm font-medium">{title}</h3>
      <pre role="region" aria-label={title} tabIndex={0} className="max-h-96 overflow-auto rounded-md bg-sunken p-3 text-xs whitespace-pre-wrap">
        {typeof value === "string" ? value : JSON.stringify(value, null, 2)}
      </pre>
    </>
  );
}
