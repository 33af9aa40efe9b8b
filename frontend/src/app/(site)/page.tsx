import type { Metadata } from "next";
import Link from "next/link";
import { PageHeading } from "@/components/Heading";
import { SessionCard } from "@/components/SessionCard";
import { buttonStyle } from "@/components/ui/button";
import { Empty } from "@/components/ui/empty";
import { listCategories, listSessions } from "@/lib/api/server";
import { isFiltered, PAGE_SIZE, readParams, toHref, toQuery } from "@/lib/search-query";
import { home, site } from "@/messages";
import { Pagination } from "./pagination";
import { SearchForm } from "./search-form";

type HomeProps = { searchParams: Promise<Record<string, string | string[] | undefined>> };

export async function generateMetadata({ searchParams }: HomeProps): Promise<Metadata> {
  const params = readParams(await searchParams);
  return {
    title: { absolute: params.search ? `${home.countFor(home.search, params.search)} · ${site.name}` : `${site.name}: ${home.title}` },
    description: site.description,
    alternates: { canonical: toHref({ category: params.category, page: params.page }) },
    robots: params.search || params.price || params.duration ? { index: false, follow: true } : undefined,
  };
}

export default async function Home({ searchParams }: HomeProps) {
  const params = readParams(await searchParams);
  const [{ sessions, total, capped }, categories] = await Promise.all([listSessions(toQuery(params)), listCategories()]);
  const names = new Map(categories.map((category) => [category.slug, category.name]));
  const count = home.count(total, capped);
  return (
    <>
      <div className="shell pt-12 pb-9 md:pt-20 md:pb-12">
        <PageHeading className="max-w-[15ch] text-4xl font-semibold md:text-5xl">{home.title}</PageHeading>
        <p className="mt-5 max-w-[52ch] text-lg text-muted">{home.lead}</p>
      </div>
      <div className="shell">
        <SearchForm key={toHref(params)} params={params} categories={categories.filter((category) => category.count > 0 || category.slug === params.category)} />
        <div className="mt-9 mb-5 flex min-h-9 items-center justify-between gap-4 border-b border-line pb-3">
          <p role="status" className="figures text-sm text-muted">
            {params.search ? home.countFor(count, params.search) : count}
          </p>
          {isFiltered(params) && (
            <Link href="/" className="link text-sm">
              {home.clear}
            </Link>
          )}
        </div>
        {sessions.length === 0 ? (
          <Empty drawing="search" title={home.emptyTitle} text={home.emptyText}>
            <Link href="/" className={buttonStyle("secondary")}>
              {home.clear}
            </Link>
          </Empty>
        ) : (
          <ul className="grid gap-x-7 gap-y-11 sm:grid-cols-2 lg:grid-cols-3">
            {sessions.map((session, index) => (
              <li key={session.id} className="grid">
                <SessionCard session={session} categoryName={names.get(session.category ?? "")} priority={index === 0} />
              </li>
            ))}
          </ul>
        )}
        <Pagination params={params} pages={Math.ceil(total / PAGE_SIZE)} />
      </div>
    </>
  );
}
