/** The address under which people know the site: SITE_URL, never the Host header. */
export function siteUrl(): URL {
  return new URL(process.env.SITE_URL ?? "http://localhost:8000");
}
