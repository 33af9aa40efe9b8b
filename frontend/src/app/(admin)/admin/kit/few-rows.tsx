import { Cell, Table } from "@/components/ui/table";
import type { Row } from "../reading";
import type { Column } from "./rows";

type FewRowsProps<Each> = { label: string; columns: Column<Each>[]; rows: Each[] };

/** A table of what needs no paging, in the columns of a list. */
export function FewRows<Each extends Row>({ label: name, columns, rows }: FewRowsProps<Each>) {
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
