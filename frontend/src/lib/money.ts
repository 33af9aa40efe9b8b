export const DEFAULT_LOCALE = "en-US";

/** What forms offer; the API takes any of ISO 4217. */
export const CURRENCIES = ["USD", "EUR", "GBP", "CHF", "CAD", "AUD", "SEK", "INR"];

type Decimal = `${number}`;

/**
 * "149.99" and "USD" as the reader writes it. The string is formatted as it is, never as a float.
 * `compact` leaves out the cents of whole amounts.
 */
export function formatMoney(amount: string, currency: string, locale = DEFAULT_LOCALE, { compact = false } = {}): string {
  return new Intl.NumberFormat(locale, {
    style: "currency",
    currency,
    trailingZeroDisplay: compact ? "stripIfInteger" : "auto",
  }).format(amount as Decimal);
}

export function isFree(amount: string): boolean {
  return /^0+(\.0+)?$/.test(amount);
}

/** In hundredths, for sums and comparisons. Throws a RangeError on anything but an amount of at most two decimals. */
export function toCents(amount: string): bigint {
  const match = /^(-?)(\d+)(?:\.(\d{1,2}))?$/.exec(amount);
  if (!match) throw new RangeError(`not an amount: ${amount}`);
  const cents = BigInt(match[2] ?? "0") * 100n + BigInt((match[3] ?? "").padEnd(2, "0"));
  return match[1] ? -cents : cents;
}

/** The opposite of toCents. */
export function fromCents(cents: bigint): string {
  const digits = String(cents < 0n ? -cents : cents).padStart(3, "0");
  return `${cents < 0n ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** Percent by which `now` differs from `before`, rounded; null where there is nothing to compare with. */
export function change(now: number, before: number): number | null {
  if (before === 0) return now === 0 ? 0 : null;
  return Math.round(((now - before) / Math.abs(before)) * 100);
}
