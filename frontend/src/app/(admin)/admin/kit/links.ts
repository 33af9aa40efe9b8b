import type { Resource } from "../data-provider";

type Filter = Record<string, string | boolean>;

/** The address of a list with filters, as the list itself writes it: what a figure counts is one click away. */
export function listHref(resource: Resource, filter: Filter = {}, sort?: string): string {
  const query = new URLSearchParams({ filter: JSON.stringify(filter), displayedFilters: "{}", page: "1" });
  if (sort) {
    query.set("sort", sort.replace(/^-/, ""));
    query.set("order", sort.startsWith("-") ? "DESC" : "ASC");
  }
  return `/admin/${resource}?${query}`;
}

export const rowHref = (resource: Resource, id: string) => `/admin/${resource}/${id}`;
