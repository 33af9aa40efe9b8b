import Link from "next/link";
import { buttonStyle } from "@/components/ui/button";
import { toHref, type HomeParams } from "@/lib/search-query";
import { home } from "@/messages";

/** First, last and the neighbours of the current page. */
function shownPages(current: number, last: number): number[] {
  return [...new Set([1, current - 1, current, current + 1, last])].filter((page) => page >= 1 && page <= last).sort((a, b) => a - b);
}

export function Pagination({ params, pages }: { params: HomeParams; pages: number }) {
  if (pages <= 1) return null;
  const href = (page: number) => toHref({ ...params, page });
  return (
    <nav aria-label={home.pages} className="mt-14 flex flex-wrap items-center justify-center gap-1.5">
      {params.page > 1 && (
        <Link href={href(params.page - 1)} rel="prev" className={buttonStyle("ghost", "sm")}>
          {home.previous}
        </Link>
      )}
      {shownPages(params.page, pages).map((page) => (
        <Link
          key={page}
          href={href(page)}
          aria-label={home.page(page)}
          aria-current={page === params.page ? "page" : undefined}
          className={buttonStyle(page === params.page ? "secondary" : "ghost", "sm", "figures min-w-9")}
        >
          {page}
        </Link>
      ))}
      {params.page < pages && (
        <Link href={href(params.page + 1)} rel="next" className={buttonStyle("ghost", "sm")}>
          {home.next}
        </Link>
      )}
    </nav>
  );
}
