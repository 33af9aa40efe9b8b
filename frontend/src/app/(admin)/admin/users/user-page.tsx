"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import { Avatar } from "@/components/Avatar";
import { Button } from "@/components/ui/button";
import { api } from "@/lib/api/client";
import { useAuth } from "@/lib/auth/context";
import { formatStamp, viewerZone } from "@/lib/dates";
import { displayName } from "@/lib/names";
import { useLocale } from "@/lib/use-locale";
import { audit } from "@/messages/admin";
import { user as text, users } from "@/messages/admin-users";
import { AuditTrail } from "../kit/audit-trail";
import { One } from "../kit/one";
import { Facts, Page, Section } from "../kit/page-frame";
import { ActivateDialog, DeactivateDialog, DeleteDialog, RoleDialog } from "./user-dialogs";
import { UserDid } from "./user-did";
import { UserLists } from "./user-lists";
import { UserLogin } from "./user-login";
import { isStored, UserState, type User } from "./users-page";

const UserSheet = dynamic(() => import("./user-sheet"), { ssr: false });

const BACK = { to: "/admin/users", label: users.title };

export const UserPage = () => <One<User> resource="users">{(user) => <Account user={user} />}</One>;

function Account({ user }: { user: User }) {
  const auth = useAuth();
  const locale = useLocale();
  const own = auth.status === "member" && auth.user.id === user.id;
  const moment = (instant: string) => formatStamp(instant, viewerZone(), locale);
  return (
    <Page
      title={displayName(user)}
      back={BACK}
      lead={
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <Avatar person={user} size={40} />
          <span>{users.roles[user.role]}</span>
          <UserState user={user} />
          {user.anonymised_at && <p className="basis-full">{text.deletedOn(moment(user.anonymised_at))}</p>}
          {own && <p className="basis-full">{text.own}</p>}
        </div>
      }
      actions={!user.anonymised_at && <Actions user={user} own={own} />}
    >
      <Section id="facts" title={text.facts}>
        <Facts
          facts={[
            [users.name, `${user.first_name} ${user.last_name}`.trim()],
            [users.username, user.username],
            [users.email, user.email_verified ? text.confirmed(user.email) : text.unconfirmed(user.email)],
            [users.joined, moment(user.created_at)],
            [text.changed, moment(user.updated_at)],
            [text.completion, text.percent(user.profile_completion)],
            [text.timezone, user.timezone],
            [text.avatar, isStored(user) ? text.avatarStored : (user.avatar ?? text.avatarNone)],
            [text.id, user.id],
            [text.bio, user.bio && <span className="font-normal whitespace-pre-line">{user.bio}</span>],
          ]}
        />
      </Section>
      <UserLogin user={user} own={own} />
      <UserLists user={user} />
      <Section id="audit" title={audit.title}>
        <AuditTrail id={user.id} load={(query) => api.GET("/api/users/{user_id}/audit/", { params: { path: { user_id: user.id }, query } })} />
      </Section>
      <UserDid user={user} />
    </Page>
  );
}

const DIALOGS = { role: RoleDialog, deactivate: DeactivateDialog, activate: ActivateDialog, delete: DeleteDialog };

/** An admin can't take the own account or role away: another one has to. */
function Actions({ user, own }: { user: User; own: boolean }) {
  const [asked, setAsked] = useState<keyof typeof DIALOGS | "edit" | null>(null);
  const close = () => setAsked(null);
  const Asked = asked !== null && asked !== "edit" && DIALOGS[asked];
  return (
    <>
      <Button size="sm" onClick={() => setAsked("edit")}>
        {text.edit}
      </Button>
      {!own && (
        <>
          <Button size="sm" variant="secondary" onClick={() => setAsked("role")}>
            {text.changeRole}
          </Button>
          <Button size="sm" variant="secondary" onClick={() => setAsked(user.is_active ? "deactivate" : "activate")}>
            {user.is_active ? users.deactivate : users.activate}
          </Button>
          <Button size="sm" variant="danger" onClick={() => setAsked("delete")}>
            {text.delete}
          </Button>
        </>
      )}
      {asked === "edit" && <UserSheet user={user} own={own} onClose={close} />}
      {Asked && <Asked user={user} onClose={close} />}
    </>
  );
}
