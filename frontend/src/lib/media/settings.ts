import { parseNetworks } from "./networks";
import type { PictureSettings } from "./pictures";

/**
 * MEDIA_CACHE_MIB       how much memory finished pictures may take; 64
 * MEDIA_PORTS           ports that pictures may be fetched from, by commas; 443
 * MEDIA_EXTRA_NETWORKS  networks that pictures may come from although they aren't public (CIDR, by commas); none.
 *                       For tests and for picture hosts of one's own: whoever may give an address reaches them.
 */
export function mediaSettings(environment: NodeJS.ProcessEnv = process.env): PictureSettings {
  return {
    cacheBytes: 2 ** 20 * numberOf("MEDIA_CACHE_MIB", environment.MEDIA_CACHE_MIB ?? "64"),
    ports: (environment.MEDIA_PORTS ?? "443").split(",").map((port) => numberOf("MEDIA_PORTS", port)),
    extraNetworks: parseNetworks(environment.MEDIA_EXTRA_NETWORKS ?? ""),
  };
}

function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${name}: not a number above zero`);
  return value;
}
