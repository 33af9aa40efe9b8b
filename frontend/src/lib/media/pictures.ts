import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import pLimit from "p-limit";
import { download, Refused, type DownloadSettings } from "./download";
import { encode } from "./encode";
import { log, shown } from "./log";
import { isStored, readStored } from "./stored";

export type Picture = { bytes: Uint8Array<ArrayBuffer>; etag: string };
export type PictureSettings = DownloadSettings & { cacheBytes: number };

/** More is being fetched already than this process will do at a time. */
export class Busy extends Error {}

const DOWNLOADS = 8;
const ENCODINGS = 2;
const MAX_LOADING = 64;
const KEPT_MS = 24 * 3_600_000;
const FAILED_MS = 60_000;

/** Pictures from foreign hosts, and those stored here, in our form and sizes: each is fetched once, however many ask for it. */
export class Pictures {
  private readonly kept: LRUCache<string, Picture>;
  private readonly failed = new LRUCache<string, true>({ max: 10_000, ttl: FAILED_MS });
  private readonly loading = new Map<string, Promise<Picture | null>>();
  private readonly downloads = pLimit(DOWNLOADS);
  private readonly encodings = pLimit(ENCODINGS);

  constructor(private readonly settings: PictureSettings) {
    this.kept = new LRUCache({ maxSize: settings.cacheBytes, sizeCalculation: ({ bytes }) => bytes.length, ttl: KEPT_MS });
  }

  /** The picture at `url`, or null where it can't be had. Raises Busy. */
  async get(url: string, width: number): Promise<Picture | null> {
    const key = `${width} ${url}`;
    const kept = this.kept.get(key);
    if (kept) return kept;
    if (this.failed.has(url)) return null;
    const underWay = this.loading.get(key);
    if (underWay) return underWay;
    if (this.loading.size >= MAX_LOADING) throw new Busy();
    const loading = this.load(key, url, width).finally(() => this.loading.delete(key));
    this.loading.set(key, loading);
    return loading;
  }

  private async load(key: string, url: string, width: number): Promise<Picture | null> {
    try {
      const original = await this.downloads(() => (isStored(url) ? readStored(url) : download(url, this.settings)));
      const bytes = await this.encodings(() => encode(original, width));
      const picture = { bytes, etag: `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"` };
      this.kept.set(key, picture);
      return picture;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.failed.set(url, true);
      log("warning", "picture refused", { reason: error.message, url: shown(url) });
      return null;
    }
  }
}
