import type { Metadata } from "next";
import { admin } from "@/messages/admin";
import { Admin } from "../admin";

type AdminPageProps = { params: Promise<{ slug?: string[] }> };

const TITLES: Record<string, string> = { ...admin.pages, "oauth-apps": admin.pages.apps };

export async function generateMetadata({ params }: AdminPageProps): Promise<Metadata> {
  const { slug: [kind = "statistics"] = [] } = await params;
  const page = Object.hasOwn(TITLES, kind) ? TITLES[kind] : undefined;
  return { title: page ? `${page} · ${admin.title}` : admin.title };
}

/** One page to Next; what is below /admin is the admin app's own affair, in the browser alone. */
export default function AdminPage() {
  return <Admin />;
}
