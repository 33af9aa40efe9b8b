import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { ArrowLeft } from "lucide-react";
import { Avatar } from "@/components/Avatar";
import { Cover } from "@/components/Cover";
import { PageHeading } from "@/components/Heading";
import { JsonLd } from "@/components/JsonLd";
import { getSession, listCategories } from "@/lib/api/server";
import { formatDuration, zoneName } from "@/lib/dates";
import { displayName } from "@/lib/names";
import { sessionData } from "@/lib/structured-data";
import { card, session as text } from "@/messages";
import { BookingPanel } from "./booking-panel";

type SessionProps = { params: Promise<{ id: string }> };

export async function generateMetadata({ params }: SessionProps): Promise<Metadata> {
  const session = await getSession((await params).id);
  if (!session) return { title: text.notFoundTitle, robots: { index: false } };
  const description = session.description.replace(/\s+/g, " ").slice(0, 200);
  const path = `/sessions/${session.id}`;
  return {
    title: session.title,
    description,
    alternates: { canonical: path },
    openGraph: { type: "website", title: session.title, description, url: path },
  };
}

export default async function SessionPage({ params }: SessionProps) {
  const session = await getSession((await params).id);
  if (!session) notFound();
  const categories = await listCategories().catch(() => []);
  const category = categories.find(({ slug }) => slug === session.category);
  const host = session.creator_details;
  const paragraphs = session.description.split(/\n\s*\n/).filter((paragraph) => paragraph.trim());
  const facts = [
    [text.facts.duration, formatDuration(session.duration)],
    [text.facts.group, card.seats(session.max_participants)],
    [text.facts.place, session.location || text.defaultPlace],
    [text.facts.zone, zoneName(session.timezone)],
  ] as const;

  return (
    <div className="shell pt-6 pb-24 md:pt-10 lg:pb-0">
      <JsonLd data={sessionData(session)} />
      <Link href="/" className="inline-flex min-h-9 items-center gap-1.5 text-sm text-muted hover:text-ink">
        <ArrowLeft aria-hidden="true" className="size-4" />
        {text.back}
      </Link>
      <div className="mt-4 grid gap-x-14 gap-y-10 lg:grid-cols-[minmax(0,1fr)_24rem]">
        <article className="min-w-0">
          {category && (
            <Link href={`/?category=${category.slug}`} className="eyebrow inline-block py-1 hover:text-ink hover:underline">
              {category.name}
            </Link>
          )}
          <PageHeading className="mt-1 max-w-[22ch] text-3xl md:text-4xl">{session.title}</PageHeading>
          <p className="mt-4">
            <Link href={`/creators/${host.id}`} className="group inline-flex items-center gap-2.5 rounded-full">
              <Avatar person={host} size={36} />
              <span className="group-hover:underline">
                <span className="text-muted">{card.by}</span> <span className="font-medium">{displayName(host)}</span>
              </span>
            </Link>
          </p>
          <Cover id={session.id} category={session.category} imageUrl={session.image_url} sizes="(min-width: 64rem) 44rem, 92vw" priority className="mt-7 rounded-xl" />
          <dl className="mt-7 grid grid-cols-2 gap-x-6 gap-y-5 border-y border-line py-5 sm:grid-cols-4">
            {facts.map(([label, value]) => (
              <div key={label} className="min-w-0">
                <dt className="text-sm text-muted">{label}</dt>
                <dd className="mt-0.5 font-medium">{value}</dd>
              </div>
            ))}
          </dl>
          <section aria-labelledby="about" className="mt-9">
            <h2 id="about" className="text-xl">
              {text.about}
            </h2>
            <div className="measure mt-4 space-y-4 text-[1.06rem] leading-[1.7]">
              {paragraphs.map((paragraph, index) => (
                <p key={index} className="whitespace-pre-line">
                  {paragraph}
                </p>
              ))}
            </div>
          </section>
        </article>
        <BookingPanel session={session} />
      </div>
    </div>
  );
}
