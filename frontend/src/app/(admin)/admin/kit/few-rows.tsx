import type { RaRecord } from "ra-core";
import { Cell, Table } from "@/components/ui/table";
import type { Column } from "./rows";

type FewRowsProps<Row> = { label: string; columns: Column<Row>[]; rows: Row[] };

/** A table of what needs no paging, in the columns of a list. */
export function FewRows<Row extends RaRecord>({ label: name, columns, rows }: FewRowsProps<Row>) {
  return (
    <Table label={name} columns={columns.map(({ label }) => label)} right={columns.flatMap(({ right }, index) => (right ? [index] : []))}>
      {rows.map((row) => (
        <tr key={row.id}>
          {columns.map(({ label, right, whole, cell }) => (
            <Cell key={label} label={whole ? undefined : label} right={right} whole={whole}>
              {cell(row)}
            </Cell>
          ))}
        </tr>
      ))}
    </Table>
  );
}
