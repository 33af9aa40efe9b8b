"use client";

import { SlidersHorizontal, X } from "lucide-react";
import { useEffect, useEffectEvent, useRef, useState, type ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { SelectField, TextField } from "@/components/ui/field";
import { adminList as text } from "@/messages/admin";
import type { Filter, Row } from "../reading";
import { Combobox } from "./combobox";
import type { Finder } from "./finders";
import type { Column } from "./rows";
import type { List } from "./use-list-page";
import { PAUSE_MS } from "./use-settled";

export type FilterField =
  | { kind: "choice"; name: string; label: string; choices: Record<string, string> }
  | { kind: "text" | "number" | "day"; name: string; label: string }
  /** Something else by its id: found by typing, or come to by a link, and shown by its name. */
  | { kind: "relation"; name: string; label: string; finder: Finder; show: (id: string) => ReactNode };

type FiltersProps<Each extends Row> = { list: List<Each>; search: string; fields: FilterField[]; columns: Column<Each>[] };

/** The search box, the filters behind a button, and what is set of them as chips that can be taken off. */
export function Filters<Each extends Row>({ list, search, fields, columns }: FiltersProps<Each>) {
  const values = list.filter;
  const [open, setOpen] = useState(false);
  // Changes may follow each other faster than the address.
  const latest = useRef(values);
  useEffect(() => {
    latest.current = values;
  }, [values]);
  const change = (name: string, value: string) => {
    const next: Filter = { ...latest.current, [name]: value };
    if (value === "") delete next[name];
    latest.current = next;
    list.setFilter(next);
  };
  const set = fields.filter(({ name }) => values[name] !== undefined);
  const orders = columns.filter((column) => column.sort);
  return (
    <div>
      <div className="flex flex-wrap items-end gap-3">
        <div className="grow basis-64">
          <Typed label={search} type="search" value={values.search ?? ""} onChange={(value) => change("search", value)} />
        </div>
        <div className="md:hidden">
          <SelectField label={text.sortBy} value={list.ordering} onChange={(event) => list.setOrdering(event.target.value)}>
            {orders.flatMap(({ label, sort }) => [
              <option key={`-${sort}`} value={`-${sort}`}>
                {text.descending(label)}
              </option>,
              <option key={sort} value={sort}>
                {text.ascending(label)}
              </option>,
            ])}
          </SelectField>
        </div>
        <Button variant="secondary" aria-expanded={open} onClick={() => setOpen(!open)}>
          <SlidersHorizontal aria-hidden="true" className="size-4" />
          {text.filters}
        </Button>
      </div>
      {open && (
        <div className="panel mt-3 grid gap-4 p-4 sm:grid-cols-2 xl:grid-cols-4">
          {fields.map((field) =>
            field.kind === "choice" ? (
              <SelectField key={field.name} label={field.label} value={values[field.name] ?? ""} onChange={(event) => change(field.name, event.target.value)}>
                <option value="">{text.any}</option>
                {Object.entries(field.choices).map(([value, label]) => (
                  <option key={value} value={value}>
                    {label}
                  </option>
                ))}
              </SelectField>
            ) : field.kind === "relation" ? (
              <Combobox key={field.name} label={field.label} finder={field.finder} value={values[field.name] ?? ""} onChange={(id) => change(field.name, id)} />
            ) : (
              <Typed
                key={field.name}
                label={field.label}
                type={field.kind === "day" ? "date" : "text"}
                inputMode={field.kind === "number" ? "decimal" : undefined}
                value={values[field.name] ?? ""}
                onChange={(value) => change(field.name, value)}
              />
            ),
          )}
        </div>
      )}
      {set.length > 0 && (
        <div className="mt-3 flex flex-wrap items-center gap-2">
          {set.map((field) => {
            const value = values[field.name] ?? "";
            const shown = field.kind === "relation" ? field.show(value) : field.kind === "choice" ? (field.choices[value] ?? value) : value;
            return (
              <button
                key={field.name}
                type="button"
                onClick={() => change(field.name, "")}
                className="inline-flex min-h-8 items-center gap-1.5 rounded-full bg-sunken px-3 text-sm hover:bg-line pointer-coarse:min-h-11"
              >
                <span className="sr-only">{text.without(field.label, "")}</span>
                <span aria-hidden="true" className="text-muted">{field.label}:</span> {shown}
                <X aria-hidden="true" className="size-3.5 text-muted" />
              </button>
            );
          })}
          <Button variant="ghost" size="sm" onClick={() => list.setFilter({})}>
            {text.clear}
          </Button>
        </div>
      )}
    </div>
  );
}

type TypedProps = { label: string; type: string; inputMode?: "decimal"; value: string; onChange: (value: string) => void };

/** Shows what is typed at once; the list follows a moment later. */
function Typed({ value, onChange, ...input }: TypedProps) {
  const [typed, setTyped] = useState(value);
  const [known, setKnown] = useState(value);
  const [told, setTold] = useState(value);
  if (value !== known) {
    setKnown(value);
    // Not what came from here: the filters were cleared, or the address is another one.
    if (value !== told) {
      setTold(value);
      setTyped(value);
    }
  }
  const tell = useEffectEvent(() => {
    const settled = typed.trim();
    if (settled === told) return;
    setTold(settled);
    onChange(settled);
  });
  useEffect(() => {
    const timer = setTimeout(() => tell(), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return <TextField {...input} value={typed} onChange={(event) => setTyped(event.target.value)} />;
}
