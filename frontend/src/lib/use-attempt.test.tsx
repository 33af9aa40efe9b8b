import { act, useEffect } from "react";
import { createRoot } from "react-dom/client";
import { beforeEach, expect, it, vi } from "vitest";
import { ApiError } from "./api/errors";
import { useAttempt } from "./use-attempt";

type Attempt = ReturnType<typeof useAttempt>;
let attempt: Attempt;
let sent: string[];

function Form({ onReady }: { onReady: (attempt: Attempt) => void }) {
  const ready = useAttempt();
  useEffect(() => onReady(ready));
  return null;
}

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  sent = [];
  act(() => createRoot(document.createElement("div")).render(<Form onReady={(ready) => (attempt = ready)} />));
});

const answered = (status: number) => async (_body: unknown, key: string) => {
  sent.push(key);
  if (status >= 400 || status === 0) throw new ApiError(status, null);
};
const send = (reason: string, status: number) => attempt({ reason }, answered(status)).catch(() => undefined);

it("keeps its key while the same is asked and nobody answers", async () => {
  for (const status of [0, 503, 429, 200]) await send("ink", status);
  expect(new Set(sent).size).toBe(1);
});

it("has another key for another request", async () => {
  await send("ink", 0);
  await send("more ink", 0);
  expect(new Set(sent).size).toBe(2);
});

it("has another key after a refusal, or the refusal would come back", async () => {
  await send("ink", 409);
  await send("ink", 200);
  expect(new Set(sent).size).toBe(2);
});
