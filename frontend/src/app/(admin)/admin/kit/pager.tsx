"use client";

import { useListContext } from "ra-core";
import { Button } from "@/components/ui/button";
import { adminList as text } from "@/messages/admin";

const SIZES = [20, 50, 100];

export function Pager() {
  const { page, perPage, total = 0, setPage, setPerPage, meta, data } = useListContext();
  const capped = Boolean((meta as { capped?: boolean } | undefined)?.capped);
  const pages = Math.max(1, Math.ceil(total / perPage));
  const first = (page - 1) * perPage + 1;
  return (
    <nav aria-label={text.pages} className="figures mt-5 flex flex-wrap items-center justify-between gap-x-6 gap-y-3 text-sm text-muted">
      <p role="status">{text.range(first, first + (data?.length ?? 0) - 1, text.total(total, capped))}</p>
      <label className="flex items-center gap-2">
        {text.perPage}
        <select className="control min-h-9! w-auto! py-1! text-sm! pointer-coarse:min-h-11!" value={perPage} onChange={(event) => setPerPage(Number(event.target.value))}>
          {SIZES.map((size) => (
            <option key={size}>{size}</option>
          ))}
        </select>
      </label>
      <div className="flex items-center gap-2">
        <Button variant="secondary" size="sm" disabled={page <= 1} onClick={() => setPage(page - 1)}>
          {text.previous}
        </Button>
        <span className="px-1 whitespace-nowrap">{text.page(page, pages)}</span>
        <Button variant="secondary" size="sm" disabled={page >= pages} onClick={() => setPage(page + 1)}>
          {text.next}
        </Button>
      </div>
      {capped && page >= pages && <p className="basis-full">{text.deep}</p>}
    </nav>
  );
}
