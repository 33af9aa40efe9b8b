import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { Avatar } from "@/components/Avatar";
import { PageHeading } from "@/components/Heading";
import { JsonLd } from "@/components/JsonLd";
import { SessionCard } from "@/components/SessionCard";
import { Empty } from "@/components/ui/empty";
import { buttonStyle } from "@/components/ui/button";
import { getCreator, listCategories } from "@/lib/api/server";
import { formatDate } from "@/lib/dates";
import { displayName } from "@/lib/names";
import { creatorData } from "@/lib/structured-data";
import { creator as text, session as sessionText } from "@/messages";

type CreatorProps = { params: Promise<{ id: string }> };

export async function generateMetadata({ params }: CreatorProps): Promise<Metadata> {
  const creator = await getCreator((await params).id);
  if (!creator) return { title: text.notFoundTitle, robots: { index: false } };
  const name = displayName(creator);
  const description = creator.bio.slice(0, 200) || text.noBio;
  return { title: name, description, alternates: { canonical: `/creators/${creator.id}` }, openGraph: { type: "profile", title: name, description, url: `/creators/${creator.id}` } };
}

export default async function CreatorPage({ params }: CreatorProps) {
  const creator = await getCreator((await params).id);
  if (!creator) notFound();
  const names = new Map((await listCategories().catch(() => [])).map(({ slug, name }) => [slug, name]));
  return (
    <div className="shell pt-12 md:pt-16">
      <JsonLd data={creatorData(creator)} />
      <header className="grid gap-x-8 gap-y-5 sm:grid-cols-[auto_1fr]">
        <Avatar person={creator} size={96} />
        <div>
          <PageHeading className="text-3xl md:text-4xl">{displayName(creator)}</PageHeading>
          <p className="mt-2 text-sm text-muted">
            @{creator.username}
            <span className="mx-2" aria-hidden="true">
              /
            </span>
            {text.since(formatDate(creator.created_at, "UTC"))}
          </p>
          <p className="measure mt-5 text-[1.06rem] leading-[1.7] whitespace-pre-line">{creator.bio || text.noBio}</p>
        </div>
      </header>
      <section aria-labelledby="sessions" className="mt-14">
        <div className="mb-6 flex items-baseline justify-between border-b border-line pb-3">
          <h2 id="sessions" className="text-xl">
            {text.heading}
          </h2>
          <p className="figures text-sm text-muted">{text.sessions(creator.sessions_count)}</p>
        </div>
        {creator.sessions.length === 0 ? (
          <Empty title={text.emptyTitle} text={text.emptyText} level={3}>
            <Link href="/" className={buttonStyle("secondary")}>
              {sessionText.notFoundAction}
            </Link>
          </Empty>
        ) : (
          <ul className="grid gap-x-7 gap-y-11 sm:grid-cols-2 lg:grid-cols-3">
            {creator.sessions.map((session) => (
              <li key={session.id} className="grid">
                <SessionCard session={session} categoryName={names.get(session.category ?? "")} showCreator={false} />
              </li>
            ))}
          </ul>
        )}
      </section>
    </div>
  );
}
