import { describe, expect, it } from "vitest";
import { isAllowed } from "./networks";
import { mediaSettings } from "./settings";

const settings = (environment: Record<string, string>) => mediaSettings(environment as NodeJS.ProcessEnv);

describe("settings", () => {
  it("allow public networks at the usual port alone unless they say otherwise", () => {
    const { extraNetworks, ...rest } = settings({});
    expect([extraNetworks, rest]).toEqual([[], { cacheBytes: 64 * 2 ** 20, ports: [443] }]);
    const other = settings({ MEDIA_CACHE_MIB: "8", MEDIA_PORTS: "443,8443", MEDIA_EXTRA_NETWORKS: "127.0.0.0/8" });
    expect([other.cacheBytes, other.ports, isAllowed("127.0.0.1", other.extraNetworks)]).toEqual([8 * 2 ** 20, [443, 8443], true]);
  });

  it.each([
    ["MEDIA_CACHE_MIB", "lots"],
    ["MEDIA_CACHE_MIB", "0"],
    ["MEDIA_PORTS", "https"],
    ["MEDIA_EXTRA_NETWORKS", "here"],
  ])("that make no sense are refused: %s %s", (name, value) => {
    expect(() => settings({ [name]: value })).toThrow();
  });
});
