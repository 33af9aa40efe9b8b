import "server-only";

import { versionOf, WIDTHS, type MediaKind } from "./address";
import { log } from "./log";
import { Pictures, type Picture } from "./pictures";
import { mediaSettings } from "./settings";
import { SOURCES } from "./sources";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const MONTH = "public, max-age=2592000, immutable";
const MINUTES = "public, max-age=300";
const MINUTE = "public, max-age=60";
// A person may take their picture away: the gateway's copy, which everybody could be shown, doesn't outlive that for long.
const GATEWAY: Record<MediaKind, Record<string, string>> = { sessions: {}, avatars: { "X-Accel-Expires": "600" } };
const HEADERS = { "Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff" };

let shared: Pictures | undefined;
const ours = (): Pictures => (shared ??= new Pictures(mediaSettings()));

/** The answer to `GET /media/{kind}/{id}?w=…&v=…`. A failure says nothing about its reason. */
export async function answer(request: Request, kind: string, id: string, pictures = ours): Promise<Response> {
  const query = new URL(request.url).searchParams;
  if (!isKind(kind) || !UUID.test(id)) return nothing(404, MINUTE);
  const width = WIDTHS[kind].find((known) => String(known) === query.get("w"));
  if (width === undefined) return nothing(400, MINUTE);

  let url: string | null;
  let picture: Picture | null;
  try {
    url = await SOURCES[kind](id);
    picture = url === null ? null : await pictures().get(url, width);
  } catch (error) {
    // Nothing was learned about the picture: the API doesn't answer, or too many are being fetched.
    log("error", "picture not looked up", { kind, id, reason: String(error) });
    return nothing(503, "no-store");
  }
  if (!url || !picture) return nothing(404, MINUTE);

  // A version of another address, from a page that is older or newer than the one we know, is no reason to keep it.
  const headers = { ...HEADERS, ...GATEWAY[kind], ETag: picture.etag, "Cache-Control": query.get("v") === versionOf(url) ? MONTH : MINUTES };
  if (matches(request.headers.get("if-none-match"), picture.etag)) return new Response(null, { status: 304, headers });
  return new Response(picture.bytes, { headers: { ...headers, "Content-Type": "image/webp" } });
}

const nothing = (status: number, cache: string): Response => new Response(null, { status, headers: { ...HEADERS, "Cache-Control": cache } });

const isKind = (kind: string): kind is MediaKind => Object.hasOwn(WIDTHS, kind);

function matches(given: string | null, etag: string): boolean {
  return (given ?? "").split(",").some((tag) => ["*", etag].includes(tag.trim().replace(/^W\//, "")));
}
