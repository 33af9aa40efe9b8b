"use client";

import { ArrowDown, ArrowUp, ChevronsUpDown } from "lucide-react";
import { useListContext, type RaRecord } from "ra-core";
import type { ReactNode } from "react";
import { Cell, Table, type ColumnHeading } from "@/components/ui/table";
import { adminList as text } from "@/messages/admin";

export type Column<Row> = {
  label: string;
  /** The name of its ordering, where the service has one. */
  sort?: string;
  right?: boolean;
  /** On a phone it takes the card's whole width and needs no name. */
  whole?: boolean;
  cell: (row: Row) => ReactNode;
};

type RowsProps<Row> = { label: string; columns: Column<Row>[]; nameOf: (row: Row) => string; selectable: boolean; isSelectable: (row: Row) => boolean };

const BOX = "size-4.5 accent-accent";
const BOX_AREA = "grid size-9 cursor-pointer place-items-center pointer-coarse:size-11";

export function Rows<Row extends RaRecord>({ label, columns, nameOf, selectable, isSelectable }: RowsProps<Row>) {
  const list = useListContext<Row>();
  const rows = list.data ?? [];
  const ids = rows.filter(isSelectable).map((row) => row.id);
  const all = ids.length > 0 && ids.every((id) => list.selectedIds.includes(id));
  const togglePage = () => {
    if (all) list.onSelect(list.selectedIds.filter((id) => !ids.includes(id)));
    else list.onSelect([...new Set([...list.selectedIds, ...ids])]);
  };
  const first: ColumnHeading[] = selectable
    ? [
        {
          label: text.selection,
          content: (
            <label className={`${BOX_AREA} -ml-2 max-md:hidden`}>
              <span className="sr-only">{text.selectPage}</span>
              <input type="checkbox" className={BOX} checked={all} disabled={ids.length === 0} onChange={togglePage} />
            </label>
          ),
        },
      ]
    : [];
  return (
    <div className={`mt-4 transition-opacity ${list.isFetching ? "opacity-70" : ""}`}>
      <Table label={label} columns={[...first, ...columns.map((column) => heading(column, list.sort, list.setSort))]} right={columns.flatMap(({ right }, index) => (right ? [index + first.length] : []))}>
        {rows.map((row) => (
          <tr key={row.id}>
            {selectable && (
              <Cell whole>
                <label className={`${BOX_AREA} -my-1.5 -ml-2`}>
                  <span className="sr-only">{text.select(nameOf(row))}</span>
                  <input type="checkbox" className={BOX} checked={list.selectedIds.includes(row.id)} disabled={!isSelectable(row)} onChange={() => list.onToggleItem(row.id)} />
                </label>
              </Cell>
            )}
            {columns.map((column) => (
              <Cell key={column.label} label={column.whole ? undefined : column.label} right={column.right} whole={column.whole}>
                {column.cell(row)}
              </Cell>
            ))}
          </tr>
        ))}
      </Table>
    </div>
  );
}

type Sort = { field: string; order: "ASC" | "DESC" };

function heading<Row>({ label, sort, right }: Column<Row>, current: Sort, setSort: (sort: Sort) => void): ColumnHeading {
  if (!sort) return { label, content: label };
  const ascending = current.order === "ASC";
  const sorted = current.field === sort ? (ascending ? "ascending" : "descending") : undefined;
  const Icon = sorted === undefined ? ChevronsUpDown : ascending ? ArrowUp : ArrowDown;
  return {
    label,
    sort: sorted,
    content: (
      <>
        {/* On a phone the heads are for screen readers alone, and the order is chosen among the filters. */}
        <span className="md:hidden">{label}</span>
        <button
          type="button"
          onClick={() => setSort({ field: sort, order: sorted === "ascending" ? "DESC" : "ASC" })}
          className={`-mx-1.5 inline-flex min-h-8 items-center gap-1 rounded-sm px-1.5 hover:text-ink max-md:hidden ${sorted ? "text-ink" : ""} ${right ? "flex-row-reverse" : ""}`}
        >
          {label}
          <Icon aria-hidden="true" className={`size-3.5 ${sorted ? "" : "opacity-60"}`} />
        </button>
      </>
    ),
  };
}
