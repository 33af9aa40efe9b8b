/** One line of JSON, as the services write theirs. */
export function log(level: "warning" | "error", event: string, details: Record<string, unknown>): void {
  console[level === "error" ? "error" : "warn"](JSON.stringify({ service: "web", level, timestamp: new Date().toISOString(), event, ...details }));
}

/** An address without its query and credentials, some of which carry keys. */
export function shown(url: string): string | null {
  if (!URL.canParse(url)) return url.startsWith("/") ? url.slice(0, 300) : null;
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`.slice(0, 300);
}
