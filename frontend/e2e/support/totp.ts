import { createHmac } from "node:crypto";

const STEP_MS = 30_000;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function fromBase32(secret: string): Buffer {
  const bits = [...secret].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, "0")).join("");
  return Buffer.from(bits.match(/.{8}/g)!.map((byte) => parseInt(byte, 2)));
}

/** An authenticator app (RFC 6238). Each code is good once, so each is asked for by its own step, later than the one before. */
export class App {
  private used = 0;

  constructor(private readonly secret: string) {}

  /** A code that the server takes now: of this half minute, or of the next one where this one's was used. */
  async code(): Promise<string> {
    const current = () => Math.floor(Date.now() / STEP_MS);
    while (this.used > current()) await new Promise((done) => setTimeout(done, 1000));
    this.used = Math.max(current(), this.used + 1);
    return this.at(this.used);
  }

  private at(step: number): string {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(step));
    const digest = createHmac("sha1", fromBase32(this.secret)).update(counter).digest();
    const offset = digest[digest.length - 1]! & 0xf;
    return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
  }
}
