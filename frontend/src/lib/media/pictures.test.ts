// @vitest-environment node
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { parseNetworks } from "./networks";
import { Busy, Pictures } from "./pictures";
import { send, startOrigin, type Origin } from "./testing/origin";

let origin: Origin;
let image: Buffer;
const warnings: string[] = [];

beforeAll(async () => {
  origin = await startOrigin();
  image = await sharp({ create: { width: 500, height: 300, channels: 3, background: "#1d5b4f" } }).png().toBuffer();
});
afterAll(() => origin.close());
beforeEach(() => {
  origin.hits.length = 0;
  warnings.length = 0;
  vi.spyOn(console, "warn").mockImplementation((line: string) => void warnings.push(line));
});
afterEach(() => vi.restoreAllMocks());

const make = (cacheBytes = 2 ** 20) => new Pictures({ cacheBytes, ports: [origin.port], extraNetworks: parseNetworks("127.0.0.1/32"), ca: origin.ca });
const at = (path: string) => `https://127.0.0.1:${origin.port}${path}`;

// The cache reads the clock once a millisecond.
const aMoment = () => new Promise((resolve) => setTimeout(resolve, 10));

describe("pictures", () => {
  it("are fetched once, however many ask, together or later", async () => {
    origin.on("/a.png", send(image));
    const pictures = make();
    const together = await Promise.all([1, 2, 3, 4, 5].map(() => pictures.get(at("/a.png"), 400)));
    const later = await pictures.get(at("/a.png"), 400);
    expect(new Set([...together, later]).size).toBe(1);
    expect(later?.etag).toMatch(/^"[\w-]{22}"$/);
    expect(origin.hits).toHaveLength(1);
  });

  it("have a tag for what they show", async () => {
    origin.on("/a.png", send(image));
    origin.on("/same.png", send(image));
    const pictures = make();
    const tags = [];
    for (const [path, width] of [["/a.png", 400], ["/same.png", 400], ["/a.png", 800]] as const) tags.push((await pictures.get(at(path), width))?.etag);
    expect(tags[0]).toBe(tags[1]);
    expect(tags[0]).not.toBe(tags[2]);
  });

  it("that failed aren't asked for again for a minute, in no width, and tell the log why, without the query", async () => {
    let later = 0;
    const now = performance.now.bind(performance);
    vi.spyOn(performance, "now").mockImplementation(() => now() + later);
    const pictures = make();
    expect(await pictures.get(at("/missing.png?token=secret"), 400)).toBeNull();
    expect(await pictures.get(at("/missing.png?token=secret"), 400)).toBeNull();
    expect(await pictures.get(at("/missing.png?token=secret"), 800)).toBeNull();
    expect(origin.hits).toHaveLength(1);
    expect(warnings.map((line) => JSON.parse(line) as unknown)).toEqual([
      { service: "web", level: "warning", timestamp: expect.any(String) as string, event: "picture refused", reason: "status 404", url: at("/missing.png") },
    ]);
    later = 59_000;
    await aMoment();
    expect(await pictures.get(at("/missing.png?token=secret"), 400)).toBeNull();
    expect(origin.hits).toHaveLength(1);
    later = 61_000;
    await aMoment();
    expect(await pictures.get(at("/missing.png?token=secret"), 400)).toBeNull();
    expect(origin.hits).toHaveLength(2);
  });

  it("leave when there is no room for them, the oldest first", async () => {
    origin.on("/a.png", send(image));
    origin.on("/b.png", send(image));
    const size = (await make().get(at("/a.png"), 400))?.bytes.length ?? 0;
    const pictures = make(Math.floor(1.5 * size));
    origin.hits.length = 0;
    for (const path of ["/a.png", "/b.png", "/b.png", "/a.png"]) await pictures.get(at(path), 400);
    expect(origin.hits).toEqual(["/a.png", "/b.png", "/a.png"]);
  });

  it("are fetched eight at a time, and not more than 64 are waited for", async () => {
    const waiting: (() => void)[] = [];
    let atOnce = 0;
    const pictures = make();
    const all = Array.from({ length: 64 }, (_, index) => {
      origin.on(`/${index}.png`, (request, response) => {
        atOnce = Math.max(atOnce, waiting.push(() => send(image)(request, response)));
      });
      return pictures.get(at(`/${index}.png`), 64);
    });
    await expect(pictures.get(at("/one-more.png"), 64)).rejects.toBeInstanceOf(Busy);
    const joined = pictures.get(at("/0.png"), 64);
    await vi.waitFor(() => expect(waiting).toHaveLength(8), { timeout: 20_000 });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(atOnce).toBe(8);
    const timer = setInterval(() => waiting.splice(0).forEach((go) => go()), 5);
    expect((await Promise.all(all)).every((picture) => picture !== null)).toBe(true);
    clearInterval(timer);
    expect(await joined).not.toBeNull();
    expect(await pictures.get(at("/one-more.png"), 64)).toBeNull();
  });
});
