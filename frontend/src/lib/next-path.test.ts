import { expect, it } from "vitest";
import { safeNext } from "./next-path";

it.each([
  ["/dashboard?tab=past#x", "/dashboard?tab=past#x"],
  ["/sessions/1?slot=2026-11-24T14:00:00Z", "/sessions/1?slot=2026-11-24T14:00:00Z"],
])("keeps %s", (next, kept) => {
  expect(safeNext(next, "/")).toBe(kept);
});

it.each([null, "", "https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", "/.//evil.example", "javascript:alert(1)", "dashboard", "/login?next=/login"])(
  "drops %j",
  (next) => {
    expect(safeNext(next, "/home")).toBe("/home");
  },
);
