import { useEffect, useState } from "react";
import { useLocation, useSearchParams } from "react-router";
import { NEWEST_FIRST, useList, type Filter, type Resource, type Row } from "../reading";

export const PAGE_SIZES = [20, 50, 100];

const DEFAULTS = { page: "1", page_size: String(PAGE_SIZES[0]), ordering: NEWEST_FIRST };
type Name = keyof typeof DEFAULTS;

/** A list as the address has it: page, order and filters, which anybody can be sent. What is selected stays here. */
export function useListPage<Each extends Row>(resource: Resource, filters: string[]) {
  const { pathname } = useLocation();
  const [search, setSearch] = useSearchParams();
  const [selected, setSelected] = useState<string[]>([]);
  const read = (name: Name) => search.get(name) ?? DEFAULTS[name];
  const page = Math.max(1, Number(read("page")) || 1);
  const pageSize = Number(read("page_size"));
  const ordering = read("ordering");
  const filter: Filter = Object.fromEntries([...search].filter(([name, value]) => filters.includes(name) && value !== ""));
  const { data, ...query } = useList<Each>(resource, { filter, ordering, page, pageSize });

  /** What is as it is by itself needs no place in the address. */
  const go = (change: Partial<Record<Name, string>>, next: Filter = filter, replace = false) => {
    // Where another page was just gone to, React hears of it a moment later: what was typed here doesn't call back.
    if (window.location.pathname !== pathname) return;
    const params = { page: "1", page_size: String(pageSize), ordering, ...change };
    const kept = Object.entries(params).filter(([name, value]) => value !== DEFAULTS[name as Name]);
    setSearch({ ...next, ...Object.fromEntries(kept) }, { replace });
  };
  const last = data ? Math.max(1, Math.ceil(data.total / pageSize)) : page;
  const isBeyond = data !== undefined && !query.isPlaceholderData && data.rows.length === 0 && page > last;
  useEffect(() => {
    // Its rows are gone, by what was done to them or since the link was made.
    if (isBeyond) go({ page: String(last) }, filter, true);
  });

  return {
    ...query,
    rows: data?.rows,
    total: data?.total ?? 0,
    capped: data?.capped ?? false,
    page,
    last,
    pageSize,
    ordering,
    filter,
    selected,
    setSelected,
    setPage: (to: number) => go({ page: String(to) }),
    setPageSize: (to: number) => go({ page_size: String(to) }),
    setOrdering: (to: string) => go({ ordering: to }),
    setFilter: (to: Filter) => {
      // Nobody should change rows that they can't see any more.
      setSelected([]);
      go({}, to);
    },
  };
}

export type List<Each extends Row> = ReturnType<typeof useListPage<Each>>;
