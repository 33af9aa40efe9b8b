import { describe, expect, it } from "vitest";
import { change, formatMoney, fromCents, isFree, toCents } from "./money";

describe("formatMoney", () => {
  it("writes an amount as the reader does", () => {
    expect(formatMoney("149.99", "USD")).toBe("$149.99");
    expect(formatMoney("1234.50", "EUR", "de-DE")).toBe("1.234,50\u00a0€");
  });
  it("keeps every digit of what a float would round", () => {
    expect(formatMoney("90071992547409.93", "USD")).toBe("$90,071,992,547,409.93");
  });
  it("leaves out the cents of whole amounts when asked", () => {
    expect(formatMoney("35.00", "EUR", "en-US", { compact: true })).toBe("€35");
    expect(formatMoney("35.50", "EUR", "en-US", { compact: true })).toBe("€35.50");
  });
});

describe("toCents", () => {
  it("counts exactly", () => {
    expect(toCents("99.99")).toBe(9999n);
    expect(toCents("-0.5")).toBe(-50n);
    expect(toCents("7")).toBe(700n);
  });
  it.each(["", "1.234", "1e3", "NaN", " 1"])("refuses %j", (text) => {
    expect(() => toCents(text)).toThrow(RangeError);
  });
});

describe("isFree", () => {
  it.each([["0.00", true], ["0", true], ["0.01", false], ["10.00", false]] as const)("%s is %s", (amount, free) => {
    expect(isFree(amount)).toBe(free);
  });
});

describe("change", () => {
  it("compares with the period before", () => {
    expect(change(150, 100)).toBe(50);
    expect(change(0, 100)).toBe(-100);
    expect(change(0, 0)).toBe(0);
    expect(change(5, 0)).toBeNull();
  });
});

it("writes hundredths as they were read", () => {
  for (const amount of ["0.00", "0.05", "-0.50", "12.30", "90071992547409.93"]) expect(fromCents(toCents(amount))).toBe(amount);
});
