"use client";

import { ArrowDown, ArrowUp, ChevronsUpDown } from "lucide-react";
import type { ReactNode } from "react";
import { Cell, Table, type ColumnHeading } from "@/components/ui/table";
import { adminList as text } from "@/messages/admin";
import type { Row } from "../reading";
import type { List } from "./use-list-page";

export type Column<Each> = {
  label: string;
  /** The name of its ordering, where the service has one. */
  sort?: string;
  right?: boolean;
  /** On a phone it takes the card's whole width and needs no name. */
  whole?: boolean;
  cell: (row: Each) => ReactNode;
};

type RowsProps<Each extends Row> = { list: List<Each>; label: string; columns: Column<Each>[]; nameOf: (row: Each) => string; selectable: boolean; isSelectable: (row: Each) => boolean };

const BOX = "size-4.5 accent-accent";
const BOX_AREA = "grid size-9 cursor-pointer place-items-center pointer-coarse:size-11";

export function Rows<Each extends Row>({ list, label, columns, nameOf, selectable, isSelectable }: RowsProps<Each>) {
  const { rows = [], selected, setSelected } = list;
  const ids = rows.filter(isSelectable).map((row) => row.id);
  const all = ids.length > 0 && ids.every((id) => selected.includes(id));
  const togglePage = () => {
    if (all) setSelected(selected.filter((id) => !ids.includes(id)));
    else setSelected([...new Set([...selected, ...ids])]);
  };
  const toggle = (id: string) => setSelected(selected.includes(id) ? selected.filter((each) => each !== id) : [...selected, id]);
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
      <Table label={label} columns={[...first, ...columns.map((column) => heading(column, list.ordering, list.setOrdering))]} right={columns.flatMap(({ right }, index) => (right ? [index + first.length] : []))}>
        {rows.map((row) => (
          <tr key={row.id}>
            {selectable && (
              <Cell whole>
                <label className={`${BOX_AREA} -my-1.5 -ml-2`}>
                  <span className="sr-only">{text.select(nameOf(row))}</span>
                  <input type="checkbox" className={BOX} checked={selected.includes(row.id)} disabled={!isSelectable(row)} onChange={() => toggle(row.id)} />
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

function heading<Each>({ label, sort, right }: Column<Each>, ordering: string, setOrdering: (to: string) => void): ColumnHeading {
  if (!sort) return { label, content: label };
  const sorted = ordering === sort ? "ascending" : ordering === `-${sort}` ? "descending" : undefined;
  const Icon = sorted === undefined ? ChevronsUpDown : sorted === "ascending" ? ArrowUp : ArrowDown;
  return {
    label,
    sort: sorted,
    content: (
      <>
        {/* On a phone the heads are for screen readers alone, and the order is chosen among the filters. */}
        <span className="md:hidden">{label}</span>
        <button
          type="button"
          onClick={() => setOrdering(sorted === "ascending" ? `-${sort}` : sort)}
          className={`-mx-1.5 inline-flex min-h-8 items-center gap-1 rounded-sm px-1.5 hover:text-ink max-md:hidden ${sorted ? "text-ink" : ""} ${right ? "flex-row-reverse" : ""}`}
        >
          {label}
          <Icon aria-hidden="true" className={`size-3.5 ${sorted ? "" : "opacity-60"}`} />
        </button>
      </>
    ),
  };
}
