"use client";

import { useFormContext } from "react-hook-form";
import type { AdminFields, Values } from "@/components/session-editor/session-form";
import SessionSheet from "@/components/session-editor/session-sheet";
import { TextField } from "@/components/ui/field";
import { adminConfirm } from "@/messages/admin";
import { sessionEditor as text } from "@/messages/admin-sessions";
import { CreatorField } from "./creator-field";

type SessionEditorProps = { session: { id: string } | null; onClose: () => void; onDone: (message: string, id: string) => void };

/** The creators' own form, and beside it what admins have to say. */
export default function SessionEditor(props: SessionEditorProps) {
  return <SessionSheet {...props} admin={FIELDS} />;
}

function ReasonField() {
  const { register, formState } = useFormContext<Values>();
  return <TextField label={adminConfirm.reason} hint={adminConfirm.reasonHint} optional {...register("reason")} error={formState.errors.reason?.message} />;
}

const FIELDS: AdminFields = { createLead: text.createLead, creator: <CreatorField />, reason: <ReasonField /> };
