import Link from "next/link";
import { card } from "@/messages";
import type { Session } from "@/lib/api/types";
import { formatDuration } from "@/lib/dates";
import { displayName } from "@/lib/names";
import { Cover } from "./Cover";
import { LinkPending } from "./LinkPending";
import { Money } from "./Money";

type SessionCardProps = { session: Session; categoryName?: string; priority?: boolean; showCreator?: boolean };

export function SessionCard({ session, categoryName, priority = false, showCreator = true }: SessionCardProps) {
  return (
    <article className="group relative flex flex-col">
      <Cover
        id={session.id}
        category={session.category}
        imageUrl={session.image_url}
        priority={priority}
        className="rounded-lg transition-transform duration-200 ease-calm group-hover:-translate-y-0.5"
      />
      <div className="mt-3.5 flex items-baseline justify-between gap-4 text-sm text-muted">
        <span className="truncate">{categoryName ?? session.category?.replaceAll("-", " ")}</span>
        <span className="figures shrink-0">{formatDuration(session.duration)}</span>
      </div>
      <h2 className="mt-1 text-lg leading-snug font-semibold tracking-tight">
        <Link
          href={`/sessions/${session.id}`}
          prefetch={false}
          className="underline-offset-4 after:absolute after:inset-0 after:rounded-lg group-hover:underline group-hover:decoration-1"
        >
          {session.title}
          <LinkPending />
        </Link>
      </h2>
      {showCreator && (
        <p className="mt-1 text-sm text-muted">
          {card.by} {displayName(session.creator_details)}
        </p>
      )}
      <div className="mt-auto flex items-baseline justify-between gap-4 pt-3 text-sm">
        <span className="text-base font-semibold">
          <Money amount={session.price} currency={session.currency} compact free />
        </span>
        <span className="figures text-muted">{card.seats(session.max_participants)}</span>
      </div>
    </article>
  );
}
