"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { Cell, Table } from "@/components/ui/table";
import { formatStamp, viewerZone } from "@/lib/dates";
import { useLocale } from "@/lib/use-locale";
import { admin } from "@/messages/admin";
import { operations as text } from "@/messages/admin-operations";
import { Problem } from "../kit/problem";
import { LetterSheet } from "./letter-sheet";
import { ResendDialog } from "./resend-dialog";
import { LETTERS, useLetters, type Consumer } from "./services";

const BOX = "size-4.5 accent-accent";
const BOX_AREA = "-my-1.5 -ml-2 grid size-9 cursor-pointer place-items-center pointer-coarse:size-11";

/** The dead letters of a service that has some. */
export function DeadLetters({ service, count }: { service: Consumer; count: number }) {
  const locale = useLocale();
  const [page, setPage] = useState(1);
  const [selected, setSelected] = useState<string[]>([]);
  const [asked, setAsked] = useState<string[] | "all" | null>(null);
  const [opened, setOpened] = useState<string | null>(null);
  const query = useLetters(service, page, count);
  const letters = query.data ?? [];
  const ids = letters.flatMap(({ id }) => (id === null ? [] : [id]));
  // What is gone meanwhile can't be sent any more.
  const chosen = selected.filter((id) => ids.includes(id));
  const all = ids.length > 0 && chosen.length === ids.length;
  const name = text.names[service];
  const columns = text.letterColumns;
  const toggle = (id: string) => setSelected(chosen.includes(id) ? chosen.filter((each) => each !== id) : [...chosen, id]);
  return (
    <section aria-labelledby={`letters-${service}`} className="mt-6 first:mt-0">
      <div className="mb-2 flex flex-wrap items-center justify-between gap-3">
        <h3 id={`letters-${service}`} className="text-base">
          {text.lettersOf(name, count)}
        </h3>
        <div className="flex flex-wrap gap-2">
          <Button size="sm" variant="secondary" disabled={chosen.length === 0} onClick={() => setAsked(chosen)}>
            {text.sendSelected(chosen.length)}
          </Button>
          <Button size="sm" variant="secondary" onClick={() => setAsked("all")}>
            {text.sendAll}
          </Button>
        </div>
      </div>
      {query.isPending ? (
        <Skeleton className="space-y-2" blocks={["h-12 w-full", "h-12 w-full"]} />
      ) : !query.data ? (
        <Problem compact error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <Table
          label={text.lettersOf(name, count)}
          columns={[
            {
              label: columns.select,
              content: (
                <label className={`${BOX_AREA} max-md:hidden`}>
                  <span className="sr-only">{text.selectAll}</span>
                  <input type="checkbox" className={BOX} checked={all} onChange={() => setSelected(all ? [] : ids)} />
                </label>
              ),
            },
            columns.type,
            columns.reason,
            columns.attempts,
            columns.died,
          ]}
          right={[3, 4]}
        >
          {letters.map((letter, index) => {
            const { id } = letter;
            const type = letter.type ?? text.noType;
            return (
              <tr key={id ?? index}>
                <Cell whole>
                  {id !== null && (
                    <label className={BOX_AREA}>
                      <span className="sr-only">{text.selectLetter(type, id)}</span>
                      <input type="checkbox" className={BOX} checked={chosen.includes(id)} onChange={() => toggle(id)} />
                    </label>
                  )}
                </Cell>
                <Cell whole>
                  <div className="md:min-w-60">
                    {id === null ? (
                      type
                    ) : (
                      <button type="button" onClick={() => setOpened(id)} className="py-0.5 text-left font-medium hover:underline">
                        {type}
                        <span className="sr-only">: {text.openLetter(id)}</span>
                      </button>
                    )}
                    {letter.subject && <span className="block text-xs text-muted">{letter.subject}</span>}
                  </div>
                </Cell>
                <Cell label={columns.reason} whole>
                  <span className="line-clamp-3">{letter.reason}</span>
                </Cell>
                <Cell label={columns.attempts} right>
                  {letter.attempts}
                </Cell>
                <Cell label={columns.died} right>
                  <span className="whitespace-nowrap">{letter.died_at ? formatStamp(letter.died_at, viewerZone(), locale) : admin.none}</span>
                </Cell>
              </tr>
            );
          })}
        </Table>
      )}
      {count > LETTERS && (
        <div className="mt-3 flex gap-2">
          <Button size="sm" variant="secondary" disabled={page === 1} onClick={() => setPage(page - 1)}>
            {text.earlier}
          </Button>
          <Button size="sm" variant="secondary" disabled={page * LETTERS >= count} onClick={() => setPage(page + 1)}>
            {text.later}
          </Button>
        </div>
      )}
      {opened && (
        <LetterSheet
          service={service}
          id={opened}
          onClose={() => setOpened(null)}
          onSend={() => {
            setAsked([opened]);
            setOpened(null);
          }}
        />
      )}
      {asked && <ResendDialog service={service} letters={asked} onClose={() => setAsked(null)} onDone={() => setSelected([])} />}
    </section>
  );
}
