"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useId, useState, type KeyboardEvent } from "react";
import { useController } from "react-hook-form";
import type { Values } from "@/components/session-editor/session-form";
import { explain } from "@/components/ui/failure";
import { TextField } from "@/components/ui/field";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import { displayName } from "@/lib/names";
import { sessionEditor as text } from "@/messages/admin-sessions";
import { useSettled } from "../kit/use-settled";
import type { User } from "../users/users-page";

const SHOWN = 8;

/** Whose the session is: a combobox with a list of what is found. What is typed is only a search; a creator is chosen. */
export function CreatorField() {
  const { field: { ref, onChange }, fieldState } = useController<Values, "creator">({ name: "creator" });
  const [typed, setTyped] = useState("");
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const list = useId();
  const search = useSettled(typed.trim());
  const found = useQuery({
    queryKey: ["users", "creators", search],
    queryFn: ({ signal }) => unwrap(api.GET("/api/users/", { params: { query: { role: "creator", is_active: true, search, page_size: SHOWN } }, signal })),
    enabled: open,
    placeholderData: keepPreviousData,
  });
  const creators = found.data ?? [];
  const expanded = open && creators.length > 0;
  const optionId = (index: number) => `${list}-${index}`;

  const choose = (creator: User) => {
    onChange(creator.id);
    setTyped(displayName(creator));
    setOpen(false);
  };
  const move = (by: number) => {
    setActive(open ? (active + by + creators.length) % Math.max(1, creators.length) : 0);
    setOpen(true);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const chosen = expanded ? creators[active] : undefined;
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (event.key === "Enter" && chosen) choose(chosen);
    else if (event.key === "Escape" && open) setOpen(false);
    else return;
    event.preventDefault();
  };
  const said = found.isError ? explain(found.error) : found.isPending ? "" : text.found(creators.length);

  return (
    <div className="relative">
      <TextField
        ref={ref}
        autoFocus
        label={text.creator}
        hint={text.creatorHint}
        error={fieldState.error?.message}
        role="combobox"
        aria-expanded={expanded}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={expanded ? optionId(active) : undefined}
        autoComplete="off"
        spellCheck={false}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setActive(0);
          setOpen(true);
          onChange("");
        }}
        onClick={() => setOpen(true)}
        onKeyDown={onKeyDown}
        onBlur={() => setOpen(false)}
      />
      <p role="status" className={expanded ? "sr-only" : "mt-1.5 text-sm text-muted empty:hidden"}>
        {open && said}
      </p>
      {expanded && (
        <ul id={list} role="listbox" aria-label={text.creators} className="panel absolute inset-x-0 top-18 z-10 max-h-72 overflow-y-auto p-1.5 shadow-lift">
          {creators.map((creator, index) => (
            <li
              key={creator.id}
              id={optionId(index)}
              role="option"
              aria-selected={index === active}
              ref={(item) => {
                if (index === active) item?.scrollIntoView({ block: "nearest" });
              }}
              // The focus stays in the input.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => choose(creator)}
              className="cursor-pointer rounded-md px-3 py-2 text-sm hover:bg-sunken aria-selected:bg-sunken"
            >
              <span className="block font-medium">{displayName(creator)}</span>
              <span className="block truncate text-muted">{creator.email}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
