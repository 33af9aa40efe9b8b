import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import type { components, paths } from "@/lib/api/schema";
import { displayName } from "@/lib/names";
import { finders as text } from "@/messages/admin";

export type Option = { id: string; name: string; detail: string };

/** How one kind of thing is found by a few letters. */
export type Finder = {
  name: string;
  /** What the list of findings is called. */
  listName: string;
  found: (count: number) => string;
  find: (search: string, signal: AbortSignal) => Promise<Option[]>;
};

const SHOWN = 8;

type Who = NonNullable<paths["/api/users/"]["get"]["parameters"]["query"]>;

const accounts = async (who: Who, search: string, signal: AbortSignal) => {
  const found: components["schemas"]["UserOut"][] = await unwrap(api.GET("/api/users/", { params: { query: { ...who, search, page_size: SHOWN } }, signal }));
  return found.map((user) => ({ id: user.id, name: displayName(user), detail: user.email }));
};

export const people: Finder = { name: "people", ...text.people, find: (search, signal) => accounts({}, search, signal) };
export const creators: Finder = { name: "creators", ...text.creators, find: (search, signal) => accounts({ role: "creator" }, search, signal) };
export const activeCreators: Finder = { name: "active-creators", ...text.activeCreators, find: (search, signal) => accounts({ role: "creator", is_active: true }, search, signal) };

export const sessions: Finder = {
  name: "sessions",
  ...text.sessions,
  find: async (search, signal) => {
    const found = await unwrap(api.GET("/api/admin/sessions/", { params: { query: { search, status: "all", page_size: SHOWN } }, signal }));
    return found.map(({ id, title, creator_details }) => ({ id, name: title, detail: displayName(creator_details) }));
  },
};
