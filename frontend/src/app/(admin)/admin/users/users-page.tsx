"use client";

import { Link } from "react-router";
import { Avatar } from "@/components/Avatar";
import { buttonStyle } from "@/components/ui/button";
import { Status } from "@/components/ui/status";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import type { components, paths } from "@/lib/api/schema";
import { formatDate, viewerZone } from "@/lib/dates";
import { displayName } from "@/lib/names";
import { useLocale } from "@/lib/use-locale";
import { users as text } from "@/messages/admin-users";
import type { BulkAction, BulkRequest } from "../kit/bulk";
import type { FilterField } from "../kit/filters";
import { rowHref } from "../kit/links";
import { ListPage } from "../kit/list-page";
import type { Column } from "../kit/rows";

export type User = components["schemas"]["UserOut"];

/** A picture that they sent has a place on this site, which is no address that could be typed. */
export const isStored = ({ avatar }: User) => avatar !== null && !avatar.startsWith("https:");

type Bulk = components["schemas"]["UsersBulk"];
type ExportQuery = paths["/api/users/export.csv"]["get"]["parameters"]["query"];

const FILTERS: FilterField[] = [
  { kind: "choice", name: "role", label: text.role, choices: text.roles },
  { kind: "choice", name: "is_active", label: text.state, choices: { true: text.active, false: text.inactive } },
  { kind: "choice", name: "email_verified", label: text.verified, choices: { true: text.yes, false: text.no } },
  { kind: "day", name: "created_from", label: text.joinedFrom },
  { kind: "day", name: "created_to", label: text.joinedTo },
];

const act = (change: Pick<Bulk, "action" | "role">) => (request: BulkRequest, key: string) =>
  unwrap(api.POST("/api/users/bulk/", { params: { header: { "Idempotency-Key": key } }, body: { ...change, ...request } as Bulk }));

const BULK: BulkAction[] = [
  { name: text.activate, run: act({ action: "activate" }), opposite: act({ action: "deactivate" }) },
  { name: text.deactivate, note: () => text.deactivateNote, danger: true, final: true, finalText: text.deactivateFinal, run: act({ action: "deactivate" }), opposite: act({ action: "activate" }) },
  { name: text.makeUser, note: () => text.makeUserNote, run: act({ action: "set_role", role: "user" }) },
  { name: text.makeCreator, run: act({ action: "set_role", role: "creator" }) },
  { name: text.logOut, run: act({ action: "log_out" }) },
];

const exportCsv = (query: ExportQuery) => unwrap(api.GET("/api/users/export.csv", { params: { query }, parseAs: "blob" })) as Promise<Blob>;

export function UserState({ user }: { user: User }) {
  if (user.anonymised_at) return <Status tone="calm">{text.deleted}</Status>;
  return <Status tone={user.is_active ? "good" : "bad"}>{user.is_active ? text.active : text.inactive}</Status>;
}

export function UsersPage() {
  const locale = useLocale();
  const columns: Column<User>[] = [
    {
      label: text.name,
      sort: "name",
      whole: true,
      cell: (user) => (
        <span className="flex items-center gap-3">
          <Avatar person={user} size={32} />
          <Link to={rowHref("users", user.id)} className="min-w-0 py-0.5 text-base font-medium hover:underline md:text-sm">
            {displayName(user)}
          </Link>
        </span>
      ),
    },
    { label: text.username, sort: "username", cell: (user) => user.username },
    { label: text.email, sort: "email", cell: (user) => user.email },
    { label: text.role, cell: (user) => text.roles[user.role] },
    { label: text.state, cell: (user) => <UserState user={user} /> },
    { label: text.joined, sort: "created_at", right: true, cell: (user) => formatDate(user.created_at, viewerZone(), locale) },
  ];
  return (
    <ListPage<User>
      resource="users"
      title={text.title}
      columns={columns}
      nameOf={displayName}
      search={text.search}
      filters={FILTERS}
      bulk={BULK}
      isSelectable={(user) => !user.anonymised_at}
      exportCsv={exportCsv}
      actions={
        <Link to="/admin/users/create" className={buttonStyle("primary", "sm")}>
          {text.create}
        </Link>
      }
    />
  );
}
