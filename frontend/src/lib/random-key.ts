/** A fresh idempotency key. On plain HTTP there is no randomUUID, but there is randomness. */
export function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
