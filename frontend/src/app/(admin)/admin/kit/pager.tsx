"use client";

import { Button } from "@/components/ui/button";
import { adminList as text } from "@/messages/admin";
import type { Row } from "../reading";
import { PAGE_SIZES, type List } from "./use-list-page";

export function Pager<Each extends Row>({ list: { page, last, pageSize, total, capped, rows, setPage, setPageSize } }: { list: List<Each> }) {
  const first = (page - 1) * pageSize + 1;
  return (
    <nav aria-label={text.pages} className="figures mt-5 flex flex-wrap items-center justify-between gap-x-6 gap-y-3 text-sm text-muted">
      <p role="status">{text.range(first, first + (rows?.length ?? 0) - 1, text.total(total, capped))}</p>
      <label className="flex items-center gap-2">
        {text.perPage}
        <select className="control min-h-9! w-auto! py-1! text-sm! pointer-coarse:min-h-11!" value={pageSize} onChange={(event) => setPageSize(Number(event.target.value))}>
          {PAGE_SIZES.map((size) => (
            <option key={size}>{size}</option>
          ))}
        </select>
      </label>
      <div className="flex items-center gap-2">
        <Button variant="secondary" size="sm" disabled={page <= 1} onClick={() => setPage(page - 1)}>
          {text.previous}
        </Button>
        <span className="px-1 whitespace-nowrap">{text.page(page, last)}</span>
        <Button variant="secondary" size="sm" disabled={page >= last} onClick={() => setPage(page + 1)}>
          {text.next}
        </Button>
      </div>
      {capped && page >= last && <p className="basis-full">{text.deep}</p>}
    </nav>
  );
}
