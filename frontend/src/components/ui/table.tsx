import type { ReactNode } from "react";

/** What stands above a column, where that is more than its name. */
export type ColumnHeading = { label: string; content: ReactNode; sort?: "ascending" | "descending" };

type TableProps = { label: string; columns: (string | ColumnHeading)[]; right?: number[]; children: ReactNode };

const columnOf = (column: string | ColumnHeading): ColumnHeading => (typeof column === "string" ? { label: column, content: column } : column);

/** A table with hairlines; on a phone each row becomes a card of two columns whose cells carry their column's name. */
export function Table({ label, columns, right = [], children }: TableProps) {
  return (
    <table aria-label={label} className="figures block w-full text-sm md:table md:border-collapse">
      <thead className="sr-only md:not-sr-only md:table-header-group">
        <tr className="border-b border-line text-left text-muted">
          {columns.map(columnOf).map((column, index) =>
            column.label ? (
              <th key={column.label} scope="col" aria-sort={column.sort} className={`py-2.5 pr-5 font-medium last:pr-0 ${right.includes(index) ? "text-right" : ""}`}>
                {column.content}
              </th>
            ) : (
              <td key={index} />
            ),
          )}
        </tr>
      </thead>
      <tbody className="grid gap-3 md:table-row-group [&>tr]:grid [&>tr]:grid-cols-2 [&>tr]:gap-x-4 [&>tr]:gap-y-2.5 [&>tr]:rounded-lg [&>tr]:border [&>tr]:border-line [&>tr]:bg-surface [&>tr]:p-4 md:[&>tr]:table-row md:[&>tr]:rounded-none md:[&>tr]:border-0 md:[&>tr]:border-b md:[&>tr]:bg-transparent md:[&>tr]:p-0">
        {children}
      </tbody>
    </table>
  );
}

/** `whole` takes the card's whole width: what a row is about, and what can be done with it. */
type CellProps = { label?: string; right?: boolean; whole?: boolean; children: ReactNode };

export function Cell({ label, right = false, whole = false, children }: CellProps) {
  const kind = `${whole ? "col-span-2" : ""} ${right ? "md:text-right" : ""} ${label ? "before:block before:text-xs before:text-muted before:content-[attr(data-label)] md:before:content-none" : ""}`;
  return (
    <td data-label={label} className={`min-w-0 md:py-2.5 md:pr-5 md:align-middle md:last:pr-0 ${kind}`}>
      {children}
    </td>
  );
}
