"use client";

import type { ReactNode } from "react";
import { Link } from "react-router";
import type { components } from "@/lib/api/schema";
import { displayName } from "@/lib/names";
import { useRow } from "../reading";
import { rowHref } from "./links";

type User = components["schemas"]["UserOut"];

const KNOWN_MS = 60_000;

/** An account by its name, which is looked up; by its id while that isn't known, or where the account is gone. */
export function PersonLink({ id }: { id: string }) {
  return (
    <Link to={rowHref("users", id)} className="link">
      <PersonName id={id} />
    </Link>
  );
}

export function PersonName({ id }: { id: string }) {
  const { data } = useRow<User>("users", id, { staleTime: KNOWN_MS });
  return <>{data ? displayName(data) : id.slice(0, 8)}</>;
}

export function SessionLink({ id }: { id: string }) {
  return (
    <Link to={rowHref("sessions", id)} className="link">
      <SessionTitle id={id} />
    </Link>
  );
}

export function SessionTitle({ id }: { id: string }) {
  const { data } = useRow<components["schemas"]["AdminSession"]>("sessions", id, { staleTime: KNOWN_MS });
  return <>{data?.title ?? id.slice(0, 8)}</>;
}

type LinkAndListProps = { to: string; name: string; list: string; listName: string };

/** A thing by its name, and the list of what is its own. */
export function LinkAndList({ to, name, list, listName }: LinkAndListProps) {
  return (
    <>
      <Link to={to} className="link">
        {name}
      </Link>
      {" · "}
      <Link to={list} className="link">
        {listName}
      </Link>
    </>
  );
}

type CellLinkProps = { to: string; className?: string; children: ReactNode };

/** In a list: to the page of its row. */
export const RowLink = ({ to, className = "", children }: CellLinkProps) => (
  <Link to={to} className={`inline-block py-0.5 text-base font-medium hover:underline md:text-sm ${className}`}>
    {children}
  </Link>
);

/** In a list: to the rows that have this in common. */
export const FilterLink = ({ to, children }: Omit<CellLinkProps, "className">) => (
  <Link to={to} className="inline-block py-0.5 hover:underline">
    {children}
  </Link>
);
