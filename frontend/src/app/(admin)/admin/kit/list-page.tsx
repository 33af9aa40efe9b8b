"use client";

import type { ReactNode } from "react";
import { Empty } from "@/components/ui/empty";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { adminList as text } from "@/messages/admin";
import type { Resource, Row } from "../reading";
import { BulkBar, type BulkAction } from "./bulk";
import { ExportButton, type Export } from "./export-button";
import { Filters, type FilterField } from "./filters";
import { Page } from "./page-frame";
import { Pager } from "./pager";
import { Problem } from "./problem";
import { Rows, type Column } from "./rows";
import { useListPage } from "./use-list-page";

type ListPageProps<Each extends Row> = {
  resource: Resource;
  title: string;
  columns: Column<Each>[];
  /** What names a row where it is spoken of. */
  nameOf: (row: Each) => string;
  /** What the search box looks at, in its label. */
  search: string;
  filters: FilterField[];
  bulk?: BulkAction[];
  /** Which rows can be selected; all, where left out. */
  isSelectable?: (row: Each) => boolean;
  exportCsv: Export;
  actions?: ReactNode;
};

/** A list that the service pages, sorts and filters; all of it is in the address. */
export function ListPage<Each extends Row>({ resource, title, columns, nameOf, search, filters, bulk = [], isSelectable = () => true, exportCsv, actions }: ListPageProps<Each>) {
  const list = useListPage<Each>(resource, ["search", ...filters.map(({ name }) => name)]);
  return (
    <Page
      title={title}
      actions={
        <>
          <ExportButton name={resource} run={exportCsv} filter={list.filter} ordering={list.ordering} />
          {actions}
        </>
      }
    >
      <Filters list={list} search={search} fields={filters} columns={columns} />
      {list.error ? (
        <Problem error={list.error} onRetry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Skeleton className="mt-6 space-y-2" blocks={Array.from({ length: 8 }, () => "h-12 w-full")} />
      ) : list.rows?.length ? (
        <>
          <Rows list={list} label={title} columns={columns} nameOf={nameOf} selectable={bulk.length > 0} isSelectable={isSelectable} />
          <Pager list={list} />
        </>
      ) : (
        <div className="panel mt-6">
          <Empty title={text.emptyTitle} text={text.emptyText} drawing="search">
            <Button variant="secondary" onClick={() => list.setFilter({})}>
              {text.clear}
            </Button>
          </Empty>
        </div>
      )}
      {bulk.length > 0 && <BulkBar actions={bulk} ids={list.selected} onClear={() => list.setSelected([])} />}
    </Page>
  );
}
