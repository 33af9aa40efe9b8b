import { Refused } from "./download";

// The whole address, and nothing that a path could be bent with: no other place of the API can be meant by it.
const STORED = /^\/api\/auth\/avatars\/[0-9a-f]{32}\.webp$/;
const MAX_BYTES = 2 ** 20;
const TIMEOUT_MS = 8_000;

/** Whether this is the place of a picture that somebody sent to the site, not another site's address. */
export const isStored = (address: string): boolean => STORED.test(address);

/** A stored picture, from the API's inner listener. Raises Refused where it is gone, anything else where the API doesn't answer. */
export async function readStored(place: string): Promise<Buffer> {
  if (!isStored(place)) throw new Refused("not a stored picture");
  const response = await fetch(`${process.env.API_URL ?? "http://localhost:8000"}${place}`, {
    cache: "no-store",
    redirect: "error",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (response.status === 404) throw new Refused("status 404");
  if (!response.ok) throw new Error(`status ${response.status}`);
  const bytes = Buffer.from(await response.arrayBuffer());
  if (bytes.length > MAX_BYTES) throw new Refused("too large");
  return bytes;
}
