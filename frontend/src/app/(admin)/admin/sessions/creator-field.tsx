"use client";

import { useController } from "react-hook-form";
import type { Values } from "@/components/session-editor/session-form";
import { sessionEditor as text } from "@/messages/admin-sessions";
import { Combobox } from "../kit/combobox";
import { activeCreators } from "../kit/finders";

/** Whose the session is. */
export function CreatorField() {
  const { field: { ref, value, onChange }, fieldState } = useController<Values, "creator">({ name: "creator" });
  return <Combobox ref={ref} autoFocus label={text.creator} hint={text.creatorHint} error={fieldState.error?.message} finder={activeCreators} value={value} onChange={onChange} />;
}
