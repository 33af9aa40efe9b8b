import Link from "next/link";
import { nav, site } from "@/messages";

export function Footer() {
  return (
    <footer className="mt-24 border-t border-line">
      <div className="shell flex flex-wrap items-center justify-between gap-x-8 gap-y-3 py-8 text-sm text-muted">
        <p>
          <span className="font-semibold text-ink">{site.name}</span>
          <span className="mx-2" aria-hidden="true">
            /
          </span>
          {site.footer}
        </p>
        <ul className="flex gap-5">
          <li>
            <Link href="/" className="inline-block py-1 hover:text-ink hover:underline">
              {nav.browse}
            </Link>
          </li>
          <li>
            <a href="/api/docs/" className="inline-block py-1 hover:text-ink hover:underline">
              {site.apiDocs}
            </a>
          </li>
        </ul>
      </div>
    </footer>
  );
}
