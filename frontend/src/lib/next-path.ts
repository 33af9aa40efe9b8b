/** Where to go after logging in: a path of this site, or `fallback`. Whatever leads elsewhere is dropped. */
export function safeNext(next: string | null | undefined, fallback: string): string {
  if (!next || !next.startsWith("/")) return fallback;
  const base = "http://site.invalid";
  try {
    const url = new URL(next, base);
    if (url.origin !== base || url.pathname.startsWith("//") || url.pathname.startsWith("/login")) return fallback;
    return `${url.pathname}${url.search}${url.hash}`;
  } catch {
    return fallback;
  }
}
