import type { SessionQuery } from "./api/server";

export const PAGE_SIZE = 12;

export type HomeParams = { search: string; category: string; price: string; duration: string; sort: string; page: number };
type Raw = Record<string, string | string[] | undefined>;

/** The start page's address as what it means. Whatever can't be meant counts as left out. */
export function readParams(raw: Raw): HomeParams {
  const text = (name: string) => {
    const value = raw[name];
    return (Array.isArray(value) ? (value[0] ?? "") : (value ?? "")).trim().slice(0, 200);
  };
  const range = (name: string) => (/^\d{1,6}-\d{0,6}$/.test(text(name)) ? text(name) : "");
  const page = Number(text("page"));
  return {
    search: text("search"),
    category: /^[a-z0-9-]{1,50}$/.test(text("category")) ? text("category") : "",
    price: range("price"),
    duration: range("duration"),
    sort: /^-?(created_at|popularity|price|duration|title)$/.test(text("sort")) ? text("sort") : "",
    page: Number.isInteger(page) && page > 0 && page <= 10_000 ? page : 1,
  };
}

/** The API's query for them. */
export function toQuery(params: HomeParams): SessionQuery {
  const [minPrice, maxPrice] = params.price.split("-");
  const [minDuration, maxDuration] = params.duration.split("-");
  return {
    page: params.page,
    page_size: PAGE_SIZE,
    ...(params.search && { search: params.search }),
    ...(params.category && { category: params.category }),
    ...(minPrice && { min_price: minPrice }),
    ...(maxPrice && { max_price: maxPrice }),
    ...(minDuration && { min_duration: Number(minDuration) }),
    ...(maxDuration && { max_duration: Number(maxDuration) }),
    ...(params.sort && { ordering: params.sort as SessionQuery["ordering"] }),
  };
}

/** The start page's address for them, without what is left at its default. */
export function toHref(params: Partial<HomeParams>): string {
  const query = new URLSearchParams();
  for (const name of ["search", "category", "price", "duration", "sort"] as const) {
    if (params[name]) query.set(name, params[name]);
  }
  if (params.page && params.page > 1) query.set("page", String(params.page));
  const text = query.toString();
  return text ? `/?${text}` : "/";
}

export const isFiltered = (params: HomeParams) => Boolean(params.search || params.category || params.price || params.duration);
