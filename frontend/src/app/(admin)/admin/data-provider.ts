import type { DataProvider, GetListParams } from "ra-core";
import { api } from "@/lib/api/client";
import { unwrap, withResponse } from "@/lib/api/errors";
import type { paths } from "@/lib/api/schema";

/** How the lists of the admin area are read from the services. Changes go through the API's own client, where they are asked for. */

type Lists = "/api/users/" | "/api/admin/sessions/" | "/api/bookings/";
type Query<Path extends Lists> = NonNullable<paths[Path]["get"]["parameters"]["query"]>;

const query = <Path extends Lists>({ pagination, sort, filter }: GetListParams) =>
  ({
    ...filter,
    page: pagination?.page,
    page_size: pagination?.perPage,
    ordering: sort ? `${sort.order === "DESC" ? "-" : ""}${sort.field}` : undefined,
  }) as Query<Path>;

const lists = {
  users: (params: GetListParams) => api.GET("/api/users/", { params: { query: query<"/api/users/">(params) }, signal: params.signal }),
  sessions: (params: GetListParams) => api.GET("/api/admin/sessions/", { params: { query: query<"/api/admin/sessions/">(params) }, signal: params.signal }),
  bookings: (params: GetListParams) => api.GET("/api/bookings/", { params: { query: query<"/api/bookings/">(params) }, signal: params.signal }),
};

const rows = {
  users: (id: string) => api.GET("/api/users/{user_id}/", { params: { path: { user_id: id } } }),
  sessions: (id: string) => api.GET("/api/admin/sessions/{session_id}/", { params: { path: { session_id: id } } }),
  bookings: (id: string) => api.GET("/api/bookings/{booking_id}/", { params: { path: { booking_id: id } } }),
};

export type Resource = keyof typeof lists;

const isResource = (name: string): name is Resource => Object.hasOwn(lists, name);
const resource = (name: string): Resource => {
  if (!isResource(name)) throw new TypeError(`no such resource: ${name}`);
  return name;
};
const reading = {
  getList: async (name: string, params: GetListParams) => {
    const { data, response } = await withResponse<unknown[]>(lists[resource(name)](params));
    return {
      data,
      total: Number(response.headers.get("x-total-count") ?? data.length),
      // Beyond ten thousand nobody counts.
      meta: { capped: response.headers.get("x-total-count-capped") === "true" },
    };
  },
  getOne: async (name: string, { id }: { id: string }) => ({ data: await unwrap<unknown>(rows[resource(name)](id)) }),
};

/** Reading alone: what is not here is never called. ra-core's hooks type their rows where they are used. */
export const dataProvider = reading as unknown as DataProvider;
