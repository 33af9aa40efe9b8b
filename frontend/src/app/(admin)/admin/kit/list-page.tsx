"use client";

import { ListContextProvider, useListController, type RaRecord } from "ra-core";
import type { ReactNode } from "react";
import { Empty } from "@/components/ui/empty";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { adminList as text } from "@/messages/admin";
import type { Resource } from "../data-provider";
import { BulkBar, type BulkAction } from "./bulk";
import { ExportButton, type Export } from "./export-button";
import { Filters, type FilterField } from "./filters";
import { Page } from "./page-frame";
import { Pager } from "./pager";
import { Problem } from "./problem";
import { Rows, type Column } from "./rows";

type ListPageProps<Row extends RaRecord> = {
  resource: Resource;
  title: string;
  columns: Column<Row>[];
  /** What names a row where it is spoken of. */
  nameOf: (row: Row) => string;
  filters: FilterField[];
  /** Filters that stand where the address has none. */
  defaults?: Record<string, unknown>;
  bulk?: BulkAction[];
  /** Which rows can be selected; all, where left out. */
  isSelectable?: (row: Row) => boolean;
  exportCsv: Export;
  actions?: ReactNode;
};

const NEWEST_FIRST = { field: "created_at", order: "DESC" } as const;
const PER_PAGE = 20;

/** A list that the service pages, sorts and filters; all of it is in the address. */
export function ListPage<Row extends RaRecord>({ resource, title, columns, nameOf, filters, defaults, bulk = [], isSelectable = () => true, exportCsv, actions }: ListPageProps<Row>) {
  const list = useListController<Row>({ resource, sort: NEWEST_FIRST, perPage: PER_PAGE, filterDefaultValues: defaults, exporter: false });
  const clear = () => list.setFilters({}, {}, false);
  return (
    <ListContextProvider value={list}>
      <Page
        title={title}
        actions={
          <>
            <ExportButton name={resource} run={exportCsv} filter={list.filterValues} sort={list.sort} />
            {actions}
          </>
        }
      >
        <Filters fields={filters} columns={columns} />
        {list.error ? (
          <Problem error={list.error} onRetry={() => void list.refetch()} />
        ) : list.isPending ? (
          <Skeleton className="mt-6 space-y-2" blocks={Array.from({ length: 8 }, () => "h-12 w-full")} />
        ) : list.data?.length ? (
          <>
            <Rows<Row> label={title} columns={columns} nameOf={nameOf} selectable={bulk.length > 0} isSelectable={isSelectable} />
            <Pager />
          </>
        ) : (
          <div className="panel mt-6">
            <Empty title={text.emptyTitle} text={text.emptyText} drawing="search">
              <Button variant="secondary" onClick={clear}>
                {text.clear}
              </Button>
            </Empty>
          </div>
        )}
        {bulk.length > 0 && <BulkBar actions={bulk} />}
      </Page>
    </ListContextProvider>
  );
}
