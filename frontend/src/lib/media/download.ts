import { Resolver } from "node:dns/promises";
import type { LookupAddress } from "node:dns";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { isIP } from "node:net";
import { isAllowed, type Network } from "./networks";

/** A picture that won't be served, and why; the reason is for the log. */
export class Refused extends Error {}

export type DownloadSettings = {
  ports: readonly number[];
  extraNetworks: readonly Network[];
  maxBytes?: number;
  milliseconds?: number;
  /** Instead of the system's name servers and certificate authorities. */
  nameservers?: readonly string[];
  ca?: string;
};

const MAX_BYTES = 10 * 2 ** 20;
const MILLISECONDS = 8_000;
const MAX_REDIRECTS = 3;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const TYPES = new Set(["image/jpeg", "image/jpg", "image/png", "image/webp", "image/avif", "image/gif"]);
const HEADERS = { accept: [...TYPES].join(", "), "accept-encoding": "identity", "user-agent": "sessions-marketplace-media" };

/** The bytes at an https address, from public hosts only, within bounds of size and time. Raises Refused. */
export async function download(address: string, settings: DownloadSettings): Promise<Buffer> {
  const signal = AbortSignal.timeout(settings.milliseconds ?? MILLISECONDS);
  try {
    let url = checked(address, undefined, settings);
    for (let redirects = 0; ; redirects += 1) {
      const response = await get(url, await addressesOf(url.hostname, settings, signal), settings, signal);
      try {
        const { location } = response.headers;
        if (!REDIRECTS.has(response.statusCode ?? 0) || !location) return await read(response, settings.maxBytes ?? MAX_BYTES);
        if (redirects === MAX_REDIRECTS) throw new Refused("too many redirects");
        url = checked(location, url, settings);
      } finally {
        response.destroy();
      }
    }
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused(signal.aborted ? "too slow" : `network: ${(error as NodeJS.ErrnoException).code ?? error}`);
  }
}

function checked(address: string, base: URL | undefined, { ports }: DownloadSettings): URL {
  if (!URL.canParse(address, base)) throw new Refused("not an address");
  const url = new URL(address, base);
  if (url.protocol !== "https:") throw new Refused("not https");
  if (url.username || url.password) throw new Refused("credentials in the address");
  if (!ports.includes(Number(url.port || 443))) throw new Refused("port");
  return url;
}

/** Asks the name servers once; whoever connects uses this very answer, so that no second one can differ. */
async function addressesOf(hostname: string, settings: DownloadSettings, signal: AbortSignal): Promise<LookupAddress[]> {
  const literal = hostname.replace(/^\[(.*)\]$/, "$1");
  const family = isIP(literal);
  const found = family ? [{ address: literal, family }] : await resolve(hostname, settings, signal);
  if (found.length === 0) throw new Refused("no such host");
  if (!found.every(({ address }) => isAllowed(address, settings.extraNetworks))) throw new Refused("not a public address");
  return found;
}

async function resolve(hostname: string, { nameservers }: DownloadSettings, signal: AbortSignal): Promise<LookupAddress[]> {
  // Not the system's lookup: that one blocks threads which encoding needs, can't be given up, and knows local names.
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  if (nameservers) resolver.setServers(nameservers);
  const cancel = () => resolver.cancel();
  signal.addEventListener("abort", cancel);
  const answers = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
  signal.removeEventListener("abort", cancel);
  signal.throwIfAborted();
  return answers.flatMap((answer, index) =>
    answer.status === "fulfilled" ? answer.value.map((address) => ({ address, family: index === 0 ? 4 : 6 })) : [],
  );
}

function get(url: URL, addresses: LookupAddress[], { ca }: DownloadSettings, signal: AbortSignal): Promise<IncomingMessage> {
  const [first] = addresses as [LookupAddress];
  return new Promise((resolve, reject) => {
    request(url, {
      // A connection of its own: one that is kept was checked for somebody else.
      agent: false,
      headers: HEADERS,
      lookup: (_hostname, { all }, callback) => (all ? callback(null, addresses) : callback(null, first.address, first.family)),
      signal,
      ca,
    })
      .on("response", resolve)
      .on("error", reject)
      .end();
  });
}

async function read(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (response.statusCode !== 200) throw new Refused(`status ${response.statusCode}`);
  const type = response.headers["content-type"]?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (!TYPES.has(type)) throw new Refused("not an image");
  if (Number(response.headers["content-length"]) > maxBytes) throw new Refused("too large");
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new Refused("too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
