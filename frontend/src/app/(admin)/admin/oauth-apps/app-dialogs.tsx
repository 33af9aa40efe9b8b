"use client";

import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import type { components } from "@/lib/api/schema";
import { oauth } from "@/messages";
import { appDelete, apps, appSwitch as text } from "@/messages/admin-apps";
import { Confirm } from "../kit/confirm";

export type App = components["schemas"]["AppOut"];
type DialogProps = { app: App; onClose: () => void };

export function SwitchDialog({ app, onClose }: DialogProps) {
  const name = oauth.name(app.provider);
  const enable = (enabled: boolean) => unwrap(api.PATCH("/api/auth/oauth/apps/{provider}/", { params: { path: { provider: app.provider } }, body: { enabled } }));
  const run = async () => {
    await enable(!app.enabled);
    return { text: app.enabled ? text.off(name) : text.on(name), undo: () => enable(app.enabled) };
  };
  return (
    <Confirm title={app.enabled ? text.offTitle(name) : text.onTitle(name)} action={app.enabled ? apps.switchOff : apps.switchOn} danger={app.enabled} asksReason={false} run={run} onClose={onClose}>
      <p>{app.enabled ? text.offText(name) : text.onText(name)}</p>
    </Confirm>
  );
}

export function DeleteDialog({ app, onClose }: DialogProps) {
  const name = oauth.name(app.provider);
  const run = async () => {
    await unwrap(api.DELETE("/api/auth/oauth/apps/{provider}/", { params: { path: { provider: app.provider } } }));
    return { text: appDelete.done(name) };
  };
  return (
    <Confirm title={appDelete.title(name)} action={appDelete.action} final asksReason={false} run={run} onClose={onClose}>
      <p>{appDelete.text(name)}</p>
    </Confirm>
  );
}
