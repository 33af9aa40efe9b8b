import ipaddr from "ipaddr.js";

export type Network = ReturnType<typeof ipaddr.parseCIDR>;

const GLOBAL_IPV6 = ipaddr.parseCIDR("2000::/3");

/** Networks as a setting names them: CIDR, separated by commas. Throws on what isn't one. */
export function parseNetworks(text: string): Network[] {
  return text.split(",").flatMap((part) => (part.trim() ? [ipaddr.parseCIDR(part.trim())] : []));
}

/** Whether an address belongs to the public internet, or to one of the networks that are allowed besides. */
export function isAllowed(address: string, extra: readonly Network[]): boolean {
  const parsed = ipaddr.parse(address);
  if (extra.some((network) => network[0].kind() === parsed.kind() && parsed.match(network))) return true;
  // Outside of 2000::/3 there is nothing public, but much that leads into IPv4 networks.
  return parsed.range() === "unicast" && (parsed.kind() === "ipv4" || parsed.match(GLOBAL_IPV6));
}
