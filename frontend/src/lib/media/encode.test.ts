// @vitest-environment node
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { Refused } from "./download";
import { encode } from "./encode";

const plain = (width: number, height: number) => sharp({ create: { width, height, channels: 3, background: "#1d5b4f" } });
const noise = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: "#888", noise: { type: "gaussian", mean: 128, sigma: 40 } } });
const refused = (bytes: Buffer) => encode(bytes, 400).then(() => "nothing was wrong", (error: unknown) => (error instanceof Refused ? error.message : `not a refusal: ${error}`));

describe("a picture", () => {
  it.each(["jpeg", "png", "webp", "avif", "gif"] as const)("that is %s becomes WebP of the width", async (format) => {
    const found = await sharp(await encode(await plain(900, 600).toFormat(format).toBuffer(), 400)).metadata();
    expect([found.format, found.width, found.height]).toEqual(["webp", 400, 267]);
  });

  it("isn't enlarged", async () => {
    const found = await sharp(await encode(await noise(90, 60).png().toBuffer(), 400)).metadata();
    expect([found.width, found.height]).toEqual([90, 60]);
  });

  it("stands upright and tells nothing of where it was taken", async () => {
    const camera = { IFD0: { Make: "Kodak" }, IFD3: { GPSLatitudeRef: "N", GPSLatitude: "52/1 31/1 0/1" } };
    const taken = await noise(300, 200).withExif(camera).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    const before = await sharp(taken).metadata();
    expect([before.orientation, before.exif?.includes("Kodak")]).toEqual([6, true]);
    const encoded = await encode(taken, 400);
    const found = await sharp(encoded).metadata();
    expect([found.width, found.height, found.orientation, found.exif, found.xmp, found.icc]).toEqual([200, 300, undefined, undefined, undefined, undefined]);
    expect(Buffer.from(encoded).includes("Kodak")).toBe(false);
  });

  it("that moves stands still", async () => {
    const frames = await Promise.all(["#f00", "#00f"].map((background) => sharp({ create: { width: 40, height: 40, channels: 3, background } }).png().toBuffer()));
    const moving = await sharp(frames, { join: { animated: true } }).gif({ loop: 0 }).toBuffer();
    expect((await sharp(moving).metadata()).pages).toBe(2);
    const found = sharp(await encode(moving, 400));
    expect((await found.metadata()).pages ?? 1).toBe(1);
    const { dominant } = await found.stats();
    expect(dominant.r).toBeGreaterThan(dominant.b);
  });
});

it("SVG stays readable for next/og, which draws with the same library", async () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>';
  expect((await sharp(Buffer.from(svg)).png().toBuffer()).subarray(1, 4).toString()).toBe("PNG");
});

describe("what is no picture of ours", () => {
  it.each([
    ["an SVG", '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'],
    ["an SVG behind an XML declaration", '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'],
    ["HTML", "<!doctype html><title>no</title>"],
    ["nothing", ""],
    ["a PPM", "P3 1 1 255 1 2 3 "],
  ])("like %s is refused", async (_name, text) => {
    expect(await refused(Buffer.from(text))).toMatch(/^image: /);
  });

  it("like a TIFF is refused", async () => {
    expect(await refused(await noise(9, 9).tiff().toBuffer())).toMatch(/^image: /);
  });

  it.each(["jpeg", "png", "webp"] as const)("like a truncated %s is refused", async (format) => {
    const whole = await noise(600, 400).toFormat(format).toBuffer();
    expect(await refused(whole)).toBe("nothing was wrong");
    expect(await refused(whole.subarray(0, whole.length / 2))).toMatch(/^image: /);
  });

  it("like a small file of very many pixels is refused", async () => {
    const bomb = await sharp({ create: { width: 10_000, height: 5_001, channels: 3, background: "#000" } }).png({ compressionLevel: 9 }).toBuffer();
    expect(bomb.length).toBeLessThan(1_000_000);
    expect(await refused(bomb)).toContain("pixel limit");
  });
});
