"use client";

import type { ReactNode } from "react";
import { Link } from "react-router";
import { Figure } from "@/components/ui/figure";
import { change } from "@/lib/money";
import { figures } from "@/messages/figures";
import { statistics as text } from "@/messages/admin-statistics";
import type { Stats } from "./queries";

type TileProps<Data> = {
  label: string;
  of: Stats<Data>;
  /** The list of the rows behind it. */
  to: string;
  show: (data: Data) => ReactNode;
  note?: (data: Data) => ReactNode;
  /** Where it is compared with the period before: by this number. */
  compare?: (data: Data) => number;
};

/** A figure that is a link to its rows. While it isn't known, its place is kept. */
export function Tile<Data>({ label, of, to, show, note, compare }: TileProps<Data>) {
  const { data, before, stale } = of;
  const compared = data && before && compare ? change(compare(data), compare(before)) : undefined;
  const said = data && note ? note(data) : compared === undefined ? "\u00a0" : compared === null ? figures.noBefore : figures.before(compared);
  return (
    <Figure label={label} note={said}>
      {data ? (
        <Link to={to} aria-busy={stale} className={`after:absolute after:inset-0 after:rounded-lg hover:underline hover:after:bg-ink/3 ${stale ? "opacity-60" : ""}`}>
          <span className="sr-only">{label}: </span>
          {show(data)}
        </Link>
      ) : of.error ? (
        <span className="text-muted">{text.unknown}</span>
      ) : (
        <span className="skeleton h-7 w-24" />
      )}
    </Figure>
  );
}
