"use client";

import { useState } from "react";
import { SelectField } from "@/components/ui/field";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import type { components } from "@/lib/api/schema";
import type { Role } from "@/lib/api/types";
import { displayName } from "@/lib/names";
import { useAttempt } from "@/lib/use-attempt";
import { adminConfirm } from "@/messages/admin";
import { userDelete, userLogin, userRole, users as text, userState, user as page } from "@/messages/admin-users";
import { Cancellations, useCancellations } from "../kit/cancellations";
import { Confirm } from "../kit/confirm";
import type { User } from "./users-page";

type DialogProps = { user: User; onClose: () => void };

const path = (user: User) => ({ path: { user_id: user.id } });
const change = (user: User, body: components["schemas"]["UserChange"]) => unwrap(api.PATCH("/api/users/{user_id}/", { params: path(user), body }));

export function RoleDialog({ user, onClose }: DialogProps) {
  const [role, setRole] = useState<Role | "">("");
  const run = async (reason: string) => {
    if (role !== "") await change(user, { role, reason });
    return {
      text: userRole.done(displayName(user), text.roles[role || user.role]),
      undo: () => change(user, { role: user.role, reason: adminConfirm.undoReason(page.changeRole) }),
    };
  };
  return (
    <Confirm title={userRole.title(displayName(user))} action={page.changeRole} disabled={role === ""} run={run} onClose={onClose}>
      <SelectField label={userRole.label} value={role} onChange={(event) => setRole(event.target.value as Role | "")}>
        <option value="">{userRole.choose}</option>
        {(Object.keys(text.roles) as Role[])
          .filter((each) => each !== user.role)
          .map((each) => (
            <option key={each} value={each}>
              {text.roles[each]}
            </option>
          ))}
      </SelectField>
      <div role="status" className="mt-4 space-y-2 empty:hidden">
        {role !== "" && (
          <>
            <p className="font-medium text-ink">{userRole.change(text.roles[user.role], text.roles[role])}</p>
            <p>{[userRole.leaves[user.role], userRole.becomes[role], userRole.logins].filter(Boolean).join(" ")}</p>
          </>
        )}
      </div>
    </Confirm>
  );
}

export function DeactivateDialog({ user, onClose }: DialogProps) {
  const preview = useCancellations({ creator: user.id });
  const bookings = preview.data?.bookings ?? 0;
  const run = async (reason: string) => {
    await change(user, { is_active: false, reason });
    return {
      text: userState.deactivated(displayName(user), bookings),
      undo: () => change(user, { is_active: true, reason: adminConfirm.undoReason(text.deactivate) }),
    };
  };
  return (
    <Confirm
      title={userState.deactivateTitle(displayName(user))}
      action={text.deactivate}
      danger
      final={bookings > 0}
      finalText={userState.deactivateFinal}
      disabled={!preview.data}
      run={run}
      onClose={onClose}
    >
      <div className="space-y-3">
        <p>{userState.deactivateText}</p>
        <Cancellations preview={preview} />
        {bookings > 0 && <p>{userState.deactivateKept}</p>}
      </div>
    </Confirm>
  );
}

export function ActivateDialog({ user, onClose }: DialogProps) {
  const run = async (reason: string) => {
    await change(user, { is_active: true, reason });
    return {
      text: userState.activated(displayName(user)),
      undo: () => change(user, { is_active: false, reason: adminConfirm.undoReason(text.activate) }),
    };
  };
  return (
    <Confirm title={userState.activateTitle(displayName(user))} action={text.activate} run={run} onClose={onClose}>
      <p>{userState.activateText}</p>
    </Confirm>
  );
}

export function DeleteDialog({ user, onClose }: DialogProps) {
  const preview = useCancellations({ creator: user.id });
  const run = async (reason: string) => {
    await unwrap(api.DELETE("/api/users/{user_id}/", { params: { ...path(user), query: { reason } } }));
    return { text: userDelete.done };
  };
  return (
    <Confirm title={userDelete.title(displayName(user))} action={userDelete.action} final disabled={!preview.data} run={run} onClose={onClose}>
      <div className="space-y-3">
        <p>{userDelete.text}</p>
        <Cancellations preview={preview} />
      </div>
    </Confirm>
  );
}

export function LogOutDialog({ user, onClose }: DialogProps) {
  const attempt = useAttempt();
  const run = async (reason: string) => {
    await attempt({ reason }, (body, key) => unwrap(api.POST("/api/users/{user_id}/logout-all/", { params: { ...path(user), header: { "Idempotency-Key": key } }, body })));
    return { text: userLogin.loggedOut(displayName(user)) };
  };
  return (
    <Confirm title={userLogin.logOutTitle(displayName(user))} action={userLogin.logOut} run={run} onClose={onClose}>
      <p>{userLogin.logOutText}</p>
    </Confirm>
  );
}

export function ResetDialog({ user, onClose }: DialogProps) {
  const run = async (reason: string) => {
    await unwrap(api.POST("/api/users/{user_id}/second-factors/reset/", { params: path(user), body: { reason } }));
    return { text: userLogin.resetDone(displayName(user)) };
  };
  return (
    <Confirm title={userLogin.resetTitle(displayName(user))} action={userLogin.resetAction} final run={run} onClose={onClose}>
      <p>{userLogin.resetText}</p>
    </Confirm>
  );
}
