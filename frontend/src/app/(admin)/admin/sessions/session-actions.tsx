"use client";

import { useQueryClient } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import Link from "next/link";
import { useState } from "react";
import { Button, buttonStyle } from "@/components/ui/button";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import { adminConfirm } from "@/messages/admin";
import { sessionPage as text } from "@/messages/admin-sessions";
import { Confirm } from "../kit/confirm";
import { useNotice } from "../kit/notice";
import { DeleteSession } from "./delete-session";
import type { AdminSession } from "./sessions-page";

const SessionEditor = dynamic(() => import("./session-editor"), { ssr: false });

type Status = AdminSession["status"];
type Asked = "edit" | "delete" | Status;

/** What can be done with a session that isn't deleted. */
export function SessionActions({ session }: { session: AdminSession }) {
  const queries = useQueryClient();
  const notice = useNotice();
  const [asked, setAsked] = useState<Asked | null>(null);
  const close = () => setAsked(null);
  const other = session.status === "active" ? "inactive" : "active";
  return (
    <>
      {session.is_public && (
        <Link href={`/sessions/${session.id}`} className={buttonStyle("secondary", "sm")}>
          {text.open}
        </Link>
      )}
      <Button size="sm" variant="secondary" onClick={() => setAsked("edit")}>
        {text.edit}
      </Button>
      {session.status !== "completed" && (
        <>
          <Button size="sm" variant="secondary" onClick={() => setAsked(other)}>
            {text.to[other].action}
          </Button>
          <Button size="sm" variant="secondary" onClick={() => setAsked("completed")}>
            {text.to.completed.action}
          </Button>
        </>
      )}
      <Button size="sm" variant="danger" onClick={() => setAsked("delete")}>
        {text.delete}
      </Button>
      {asked === "edit" && (
        <SessionEditor
          session={session}
          onClose={close}
          onDone={(message) => {
            close();
            notice({ text: message });
            void queries.invalidateQueries();
          }}
        />
      )}
      {asked === "delete" && <DeleteSession session={session} onClose={close} />}
      {asked && asked !== "edit" && asked !== "delete" && <ChangeStatus session={session} status={asked} onClose={close} />}
    </>
  );
}

function ChangeStatus({ session, status, onClose }: { session: AdminSession; status: Status; onClose: () => void }) {
  const words = text.to[status];
  const change = (next: Status, reason: string) => unwrap(api.PATCH("/api/sessions/{session_id}/", { params: { path: { session_id: session.id } }, body: { status: next, reason } }));
  const run = async (reason: string) => {
    await change(status, reason);
    return { text: words.done, undo: status === "completed" ? undefined : () => change(session.status, adminConfirm.undoReason(words.action)) };
  };
  return (
    <Confirm title={words.title(session.title)} action={words.action} final={status === "completed"} run={run} onClose={onClose}>
      {words.text}
    </Confirm>
  );
}
