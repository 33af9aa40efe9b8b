"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useId, useState, type KeyboardEvent, type Ref } from "react";
import { explain } from "@/components/ui/failure";
import { TextField } from "@/components/ui/field";
import type { Finder, Option } from "./finders";
import { useSettled } from "./use-settled";

type ComboboxProps = {
  label: string;
  hint?: string;
  error?: string;
  autoFocus?: boolean;
  ref?: Ref<HTMLInputElement>;
  finder: Finder;
  /** The id of what is chosen; empty: nothing is. */
  value: string;
  onChange: (id: string) => void;
};

/** One of many, found by typing (WAI-ARIA's combobox with a list). What is typed is only a search; something is chosen. */
export function Combobox({ finder, value, onChange, ...field }: ComboboxProps) {
  const [typed, setTyped] = useState("");
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const [known, setKnown] = useState(value);
  const [isChoice, setIsChoice] = useState(false);
  if (value !== known) {
    setKnown(value);
    // Taken off elsewhere, not by typing on.
    if (value === "" && isChoice) {
      setIsChoice(false);
      setTyped("");
    }
  }
  const list = useId();
  const search = useSettled(typed.trim());
  const found = useQuery({
    queryKey: ["found", finder.name, search],
    queryFn: ({ signal }) => finder.find(search, signal),
    enabled: open,
    placeholderData: keepPreviousData,
  });
  const options = found.data ?? [];
  const expanded = open && options.length > 0;
  const optionId = (index: number) => `${list}-${index}`;

  const choose = (option: Option) => {
    setIsChoice(true);
    setTyped(option.name);
    setOpen(false);
    onChange(option.id);
  };
  const move = (by: number) => {
    setActive(open ? (active + by + options.length) % Math.max(1, options.length) : 0);
    setOpen(true);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const chosen = expanded ? options[active] : undefined;
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (event.key === "Enter" && chosen) choose(chosen);
    else if (event.key === "Escape" && open) setOpen(false);
    else return;
    event.preventDefault();
  };
  const said = found.isError ? explain(found.error) : found.isPending ? "" : finder.found(options.length);

  return (
    <div className="relative">
      <TextField
        {...field}
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
          setIsChoice(false);
          setActive(0);
          setOpen(true);
          if (value) onChange("");
        }}
        onClick={() => setOpen(true)}
        onKeyDown={onKeyDown}
        onBlur={() => setOpen(false)}
      />
      <p role="status" className={expanded ? "sr-only" : "mt-1.5 text-sm text-muted empty:hidden"}>
        {open && said}
      </p>
      {expanded && (
        <ul id={list} role="listbox" aria-label={finder.listName} className="panel absolute inset-x-0 top-18 z-10 max-h-72 overflow-y-auto p-1.5 shadow-lift">
          {options.map((option, index) => (
            <li
              key={option.id}
              id={optionId(index)}
              role="option"
              aria-selected={index === active}
              ref={(item) => {
                if (index === active) item?.scrollIntoView({ block: "nearest" });
              }}
              // The focus stays in the input.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => choose(option)}
              className="cursor-pointer rounded-md px-3 py-2 text-sm hover:bg-sunken aria-selected:bg-sunken"
            >
              <span className="block font-medium">{option.name}</span>
              <span className="block truncate text-muted">{option.detail}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
