import type { MetadataRoute } from "next";
import { listSessions } from "@/lib/api/server";
import { siteUrl } from "@/lib/site-url";

export const dynamic = "force-dynamic";

const PAGES = 10;
const PAGE_SIZE = 100;

/** The newest thousand sessions and who offers them. Older ones are found through the pages that link to them. */
export default async function sitemap(): Promise<MetadataRoute.Sitemap> {
  const absolute = (path: string) => new URL(path, siteUrl()).href;
  const sessions: MetadataRoute.Sitemap = [];
  const creators = new Set<string>();
  for (let page = 1; page <= PAGES; page += 1) {
    const answer = await listSessions({ page, page_size: PAGE_SIZE });
    for (const session of answer.sessions) {
      sessions.push({ url: absolute(`/sessions/${session.id}`), lastModified: session.updated_at });
      creators.add(session.creator_details.id);
    }
    if (page * PAGE_SIZE >= answer.total) break;
  }
  return [{ url: absolute("/") }, ...sessions, ...[...creators].map((id) => ({ url: absolute(`/creators/${id}`) }))];
}
