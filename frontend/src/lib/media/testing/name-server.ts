import { createSocket } from "node:dgram";
import ipaddr from "ipaddr.js";

const TYPES: Record<number, "ipv4" | "ipv6"> = { 1: "ipv4", 28: "ipv6" };

export type NameServer = { address: string; asked: string[]; close: () => void };

/** A name server with these addresses; it never answers for names without a list, and says of unknown ones that there are none. */
export async function startNameServer(records: Record<string, string[] | null>): Promise<NameServer> {
  const asked: string[] = [];
  const socket = createSocket("udp4", (query, { port }) => {
    const labels: string[] = [];
    let at = 12;
    for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
      labels.push(query.toString("latin1", at + 1, at + 1 + length));
      at += length + 1;
    }
    const name = labels.join(".").toLowerCase();
    const kind = TYPES[query.readUInt16BE(at + 1)];
    asked.push(`${name} ${kind}`);
    const known = records[name];
    if (known === null) return;
    const found = (known ?? []).map((text) => ipaddr.parse(text)).filter((address) => address.kind() === kind);
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(known ? 0x8180 : 0x8183, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(found.length, 6);
    const answers = found.map((address) => {
      const bytes = address.toByteArray();
      return Buffer.from([0xc0, 12, 0, kind === "ipv4" ? 1 : 28, 0, 1, 0, 0, 0, 0, 0, bytes.length, ...bytes]);
    });
    socket.send(Buffer.concat([header, query.subarray(12, at + 5), ...answers]), port, "127.0.0.1");
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return { address: `127.0.0.1:${socket.address().port}`, asked, close: () => socket.close() };
}
