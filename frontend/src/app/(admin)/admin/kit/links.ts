import type { Filter, Resource } from "../reading";

/** The address of a list with filters, as the list itself writes it: what a figure counts is one click away. */
export const listHref = (resource: Resource, filter: Filter = {}) => {
  const query = new URLSearchParams(filter).toString();
  return `/admin/${resource}${query && `?${query}`}`;
};

export const rowHref = (resource: Resource, id: string) => `/admin/${resource}/${id}`;
