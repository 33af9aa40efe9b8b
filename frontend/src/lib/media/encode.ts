import sharp from "sharp";
import { Refused } from "./download";

const MAX_PIXELS = 50_000_000;
const SECONDS = 8;

// libvips would read PDF and more as well. SVG stays, for next/og, which draws the previews of shared links in this process.
sharp.block({ operation: ["VipsForeignLoad"] });
sharp.unblock({
  operation: ["VipsForeignLoadJpeg", "VipsForeignLoadPng", "VipsForeignLoadWebp", "VipsForeignLoadHeif", "VipsForeignLoadNsgif", "VipsForeignLoadSvgBuffer"],
});
sharp.cache(false);
sharp.concurrency(1);

/** How the files of JPEG, PNG, GIF, WebP and AVIF begin. What the bytes are decides, not what a header calls them. */
const SIGNATURES = [/^\xff\xd8\xff/, /^\x89PNG\r\n\x1a\n/, /^GIF8[79]a/, /^RIFF[^]{4}WEBP/, /^[^]{4}ftyp/];

/** The first frame as WebP, upright, no wider than this and without what a camera wrote beside it. Raises Refused. */
export async function encode(image: Buffer, width: number): Promise<Uint8Array<ArrayBuffer>> {
  const beginning = image.subarray(0, 16).toString("latin1");
  if (!SIGNATURES.some((signature) => signature.test(beginning))) throw new Refused("image: of no known format");
  try {
    const { data } = await sharp(image, { limitInputPixels: MAX_PIXELS, failOn: "truncated", autoOrient: true })
      .resize({ width, withoutEnlargement: true })
      .webp({ quality: 78 })
      .timeout({ seconds: SECONDS })
      .toBuffer({ resolveWithObject: true });
    return new Uint8Array(data);
  } catch (error) {
    throw new Refused(`image: ${(error as Error).message.split("\n")[0]}`);
  }
}
