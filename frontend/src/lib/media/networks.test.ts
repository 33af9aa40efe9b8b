// @vitest-environment node
import { describe, expect, it } from "vitest";
import { isAllowed, parseNetworks } from "./networks";

const PUBLIC = ["1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450:4001:80b::200e"];
const OTHERS = [
  ...["0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255"],
  ...["192.0.0.1", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"],
  ...["::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:1.1.1.1", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::101:101", "64:ff9b:1::a00:1"],
  ...["100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1", "4000::1"],
];

describe("addresses", () => {
  it.each(PUBLIC)("%s is public", (address) => expect(isAllowed(address, [])).toBe(true));
  it.each(OTHERS)("%s isn't", (address) => expect(isAllowed(address, [])).toBe(false));
  it("of extra networks are allowed besides, and only those", () => {
    const extra = parseNetworks("127.0.0.1/32, fd00:1::/32");
    expect(["127.0.0.1", "fd00:1::5", "127.0.0.2", "fd00:2::5", "::ffff:127.0.0.1"].map((address) => isAllowed(address, extra))).toEqual([true, true, false, false, false]);
    expect(isAllowed("1.1.1.1", extra)).toBe(true);
  });
  it("that are no networks are refused as a setting", () => {
    expect(parseNetworks("")).toEqual([]);
    expect(() => parseNetworks("localhost")).toThrow();
  });
});
