"use client";

import { useState } from "react";
import { useSearchParams, Link } from "react-router";
import { Button } from "@/components/ui/button";
import { TextField } from "@/components/ui/field";
import { SEGMENT, SEGMENTS } from "@/components/ui/segments";
import { statistics as text } from "@/messages/admin-statistics";
import { PRESETS, type Range } from "./range";

/** The period, in the address. Whatever else is there stays. */
export function RangePicker({ range }: { range: Range }) {
  const [search, setSearch] = useSearchParams();
  const [open, setOpen] = useState(range.name === "own");
  const [problem, setProblem] = useState("");
  const other = (period: Record<string, string>) => {
    const next = new URLSearchParams(search);
    for (const name of ["period", "from", "to"]) next.delete(name);
    for (const [name, value] of Object.entries(period)) next.set(name, value);
    return next;
  };
  const show = (form: FormData) => {
    const from = String(form.get("from"));
    const to = String(form.get("to"));
    const wrong = !from || !to ? text.daysMissing : to < from ? text.daysTurned : "";
    setProblem(wrong);
    if (!wrong) setSearch(other({ from, to }));
  };
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-3">
      <nav aria-label={text.period} className={SEGMENTS}>
        {PRESETS.map((preset) => (
          <Link key={preset} to={{ search: other({ period: preset }).toString() }} aria-current={range.name === preset ? "page" : undefined} className={SEGMENT}>
            {text.periods[preset]}
          </Link>
        ))}
      </nav>
      <Button variant={range.name === "own" ? "secondary" : "ghost"} size="sm" aria-expanded={open} onClick={() => setOpen(!open)}>
        {text.ownDays}
      </Button>
      {open && (
        <form
          key={`${range.days?.from} ${range.days?.to}`}
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            show(new FormData(event.currentTarget));
          }}
          className="panel grid basis-full gap-4 p-4 sm:flex sm:flex-wrap sm:items-end"
        >
          <TextField label={text.from} name="from" type="date" defaultValue={range.days?.from} />
          <TextField label={text.to} name="to" type="date" defaultValue={range.days?.to} />
          <Button type="submit" variant="secondary">
            {text.show}
          </Button>
          {problem && (
            <p role="alert" className="basis-full text-sm text-danger">
              {problem}
            </p>
          )}
        </form>
      )}
    </div>
  );
}
