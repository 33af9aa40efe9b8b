// @vitest-environment node
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { versionOf } from "@/lib/media/address";
import { answer } from "@/lib/media/answer";
import { parseNetworks } from "@/lib/media/networks";
import { Pictures } from "@/lib/media/pictures";
import { send, startOrigin, type Origin } from "@/lib/media/testing/origin";
import { GET } from "./route";

const SESSION = "0192f0c1-7a10-7000-8000-00000000b001";
const PERSON = "0192f0c1-7a10-7000-8000-00000000a001";

let origin: Origin;
let api: Server;
let answers: Record<string, [status: number, body: unknown] | Buffer>;
let asked: string[];
let pictures: Pictures;
const logged: string[] = [];

beforeAll(async () => {
  origin = await startOrigin();
  origin.on("/a.png", send(await sharp({ create: { width: 1000, height: 500, channels: 3, background: "#1d5b4f" } }).png().toBuffer()));
  api = createServer((request, response) => {
    asked.push(request.url ?? "");
    const answer = answers[request.url ?? ""] ?? [404, { code: "not_found" }];
    if (Buffer.isBuffer(answer)) return response.writeHead(200, { "Content-Type": "image/webp" }).end(answer);
    const [status, body] = answer;
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
  vi.stubEnv("API_URL", `http://127.0.0.1:${(api.address() as AddressInfo).port}`);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  api.closeAllConnections();
  api.close();
  await origin.close();
});
beforeEach(() => {
  pictures = new Pictures({ cacheBytes: 2 ** 20, ports: [origin.port], extraNetworks: parseNetworks("127.0.0.1/32"), ca: origin.ca });
  asked = [];
  logged.length = 0;
  answers = { [`/api/sessions/${SESSION}/`]: [200, { id: SESSION, image_url: url("/a.png") }], [`/internal/avatars/${PERSON}/`]: [200, { url: url("/a.png") }] };
  for (const level of ["warn", "error"] as const) vi.spyOn(console, level).mockImplementation((line: string) => void logged.push(line));
});
afterEach(() => vi.restoreAllMocks());

const url = (path: string) => `https://127.0.0.1:${origin.port}${path}`;
const ask = (kind: string, id: string, query: string, headers: Record<string, string> = {}) =>
  answer(new Request(`http://localhost/media/${kind}/${id}${query}`, { headers }), kind, id, () => pictures);

describe("the picture of", () => {
  it.each([
    ["sessions", SESSION, 400],
    ["sessions", SESSION, 800],
    ["avatars", PERSON, 64],
    ["avatars", PERSON, 256],
  ])("%s comes by id: %s, %i wide", async (kind, id, width) => {
    const response = await ask(kind, id, `?w=${width}&v=${versionOf(url("/a.png"))}`);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toEqual({
      "cache-control": "public, max-age=2592000, immutable",
      "content-security-policy": "default-src 'none'",
      "content-type": "image/webp",
      etag: expect.stringMatching(/^"[\w-]{22}"$/) as string,
      "x-content-type-options": "nosniff",
      // For the gateway alone, which passes it on to nobody: people may take their pictures away.
      ...(kind === "avatars" && { "x-accel-expires": "600" }),
    });
    const found = await sharp(await response.arrayBuffer()).metadata();
    expect([found.format, found.width]).toEqual(["webp", width]);
  });
});

describe("a picture that is stored here", () => {
  const place = `/api/auth/avatars/${"0f".repeat(16)}.webp`;
  const at = (where: string) => ({ [`/internal/avatars/${PERSON}/`]: [200, { url: where }] as [number, unknown] });

  it("comes from the API, in the size that is asked for", async () => {
    const webp = await sharp({ create: { width: 512, height: 512, channels: 3, background: "#1d5b4f" } }).webp().toBuffer();
    answers = { ...at(place), [place]: webp };
    const response = await ask("avatars", PERSON, `?w=128&v=${versionOf(place)}`);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "image/webp"]);
    expect((await sharp(await response.arrayBuffer()).metadata()).width).toBe(128);
    expect(asked).toEqual([`/internal/avatars/${PERSON}/`, place]);
  });

  it("is 404 where it has been deleted, and isn't kept where the API fails", async () => {
    answers = at(place);
    expect((await ask("avatars", PERSON, "?w=64")).status).toBe(404);
    pictures = new Pictures({ cacheBytes: 2 ** 20, ports: [443], extraNetworks: [] });
    answers = { ...at(place), [place]: [503, {}] };
    expect((await ask("avatars", PERSON, "?w=64")).status).toBe(503);
  });

  it.each([
    "/api/users/",
    "/internal/users/",
    `//evil.example${place}`,
    `${place}?x`,
    `${place}\n`,
    `${place}/../../../users`,
    `/api/auth/avatars/../${place}`,
    place.replace("0f", "0F"),
    `@evil.example${place}`,
    `http://127.0.0.1:1${place}`,
  ])("has a place of this one form: %s is asked of nobody", async (where) => {
    answers = at(where);
    expect((await ask("avatars", PERSON, "?w=64")).status).toBe(404);
    expect(asked).toEqual([`/internal/avatars/${PERSON}/`]);
  });
});

describe("an answer", () => {
  it.each(["", "&v=", "&v=older"])("is kept for minutes where the version isn't that of the address: %j", async (version) => {
    expect((await ask("sessions", SESSION, `?w=400${version}`)).headers.get("cache-control")).toBe("public, max-age=300");
  });

  it("isn't sent again to who has it", async () => {
    const etag = (await ask("sessions", SESSION, "?w=400")).headers.get("etag") ?? "";
    for (const given of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const response = await ask("sessions", SESSION, "?w=400", { "If-None-Match": given });
      expect([response.status, response.headers.get("etag"), await response.text()]).toEqual([304, etag, ""]);
    }
    expect((await ask("sessions", SESSION, "?w=400", { "If-None-Match": '"other"' })).status).toBe(200);
  });

  it.each(["", "?w=", "?w=401", "?w=64", "?w=400.0", "?w=0400", "?w=1e3", "?v=1"])("to a width that isn't served is 400: %j", async (query) => {
    expect((await ask("sessions", SESSION, query)).status).toBe(400);
    expect(asked).toEqual([]);
  });

  it.each([
    ["files", SESSION],
    ["constructor", SESSION],
    ["avatars", "me"],
    ["avatars", "../../healthz"],
    ["sessions", `${SESSION}/..`],
    ["sessions", "categories"],
  ])("to what has no picture is 404, and the API isn't asked: %s %s", async (kind, id) => {
    const response = await answer(new Request("http://localhost/media/?w=400"), kind, id, () => pictures);
    expect(response.status).toBe(404);
    expect(asked).toEqual([]);
  });

  it("is 404 where the API knows of none, and says nothing more", async () => {
    answers = { [`/api/sessions/${SESSION}/`]: [200, { id: SESSION, image_url: null }] };
    for (const [kind, id] of [["sessions", SESSION], ["sessions", PERSON], ["avatars", PERSON]] as const) {
      const response = await ask(kind, id, kind === "avatars" ? "?w=64" : "?w=400");
      expect([response.status, response.headers.get("cache-control"), await response.text()]).toEqual([404, "public, max-age=60", ""]);
    }
    expect(logged).toEqual([]);
  });

  it("is 404 where the picture can't be had, and says nothing more", async () => {
    answers[`/api/sessions/${SESSION}/`] = [200, { id: SESSION, image_url: url("/missing.png") }];
    const response = await ask("sessions", SESSION, `?w=400&v=${versionOf(url("/missing.png"))}`);
    expect([response.status, response.headers.get("cache-control"), await response.text()]).toEqual([404, "public, max-age=60", ""]);
    expect(logged).toHaveLength(1);
  });

  it("isn't kept where the API fails", async () => {
    answers = { [`/api/sessions/${SESSION}/`]: [503, {}], [`/internal/avatars/${PERSON}/`]: [502, {}] };
    for (const [kind, id, width] of [["sessions", SESSION, 400], ["avatars", PERSON, 64]] as const) {
      const response = await ask(kind, id, `?w=${width}`);
      expect([response.status, response.headers.get("cache-control"), await response.text()]).toEqual([503, "no-store", ""]);
    }
    expect(logged).toHaveLength(2);
  });
});

it("the route itself reaches public addresses only", async () => {
  const context = (kind: string, id: string) => ({ params: Promise.resolve({ kind, id }) });
  answers[`/api/sessions/${SESSION}/`] = [200, { id: SESSION, image_url: "https://127.0.0.1/a.png" }];
  expect((await GET(new Request(`http://localhost/media/sessions/${SESSION}?w=400`), context("sessions", SESSION))).status).toBe(404);
  expect(logged.map((line) => (JSON.parse(line) as { reason: string }).reason)).toEqual(["not a public address"]);
  expect((await GET(new Request("http://localhost/media/files/1?w=400"), context("files", "1"))).status).toBe(404);
});
