import sharp from "sharp";
import { Refused } from "./download";

const MAX_PIXELS = 50_000_000;
const SECONDS = 8;

// What the bytes are decides, not what a header calls them: libvips would read SVG, PDF and more as well.
sharp.block({ operation: ["VipsForeignLoad"] });
sharp.unblock({ operation: ["VipsForeignLoadJpeg", "VipsForeignLoadPng", "VipsForeignLoadWebp", "VipsForeignLoadHeif", "VipsForeignLoadNsgif"] });
sharp.cache(false);
sharp.concurrency(1);

/** The first frame as WebP, upright, no wider than this and without what a camera wrote beside it. Raises Refused. */
export async function encode(image: Buffer, width: number): Promise<Uint8Array<ArrayBuffer>> {
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
