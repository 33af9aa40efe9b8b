import type { ReactNode } from "react";

/** A table with hairlines; on a phone each row becomes a card whose cells carry their column's name. */
export function Table({ label, columns, right = [], children }: { label: string; columns: string[]; right?: number[]; children: ReactNode }) {
  return (
    <table aria-label={label} className="figures block w-full text-sm md:table md:border-collapse">
      <thead className="sr-only md:not-sr-only md:table-header-group">
        <tr className="border-b border-line text-left text-muted">
          {columns.map((column, index) =>
            column ? (
              <th key={column} scope="col" className={`py-2.5 pr-5 font-medium last:pr-0 ${right.includes(index) ? "text-right" : ""}`}>
                {column}
              </th>
            ) : (
              <td key={index} />
            ),
          )}
        </tr>
      </thead>
      <tbody className="grid gap-3 md:table-row-group [&>tr]:grid [&>tr]:gap-1.5 [&>tr]:rounded-lg [&>tr]:border [&>tr]:border-line [&>tr]:bg-surface [&>tr]:p-4 md:[&>tr]:table-row md:[&>tr]:rounded-none md:[&>tr]:border-0 md:[&>tr]:border-b md:[&>tr]:bg-transparent md:[&>tr]:p-0">
        {children}
      </tbody>
    </table>
  );
}

type CellProps = { label?: string; right?: boolean; main?: boolean; actions?: boolean; children: ReactNode };

export function Cell({ label, right = false, main = false, actions = false, children }: CellProps) {
  const kind = actions
    ? "mt-1 flex gap-1 max-md:-ml-3 md:justify-end"
    : main
      ? "text-base md:text-sm"
      : `flex justify-between gap-4 before:text-muted before:content-[attr(data-label)] md:table-cell md:before:content-none ${right ? "md:text-right" : ""}`;
  return (
    <td data-label={label} className={`md:py-3 md:pr-5 md:align-middle md:last:pr-0 ${kind}`}>
      {children}
    </td>
  );
}
