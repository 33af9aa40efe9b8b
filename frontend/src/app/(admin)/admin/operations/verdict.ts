import { operations as text } from "@/messages/admin-operations";
import type { State } from "./services";

export type Finding = { tone: "bad" | "warn"; text: string };

/** Seconds after which waiting is no longer being on the way. */
const SLOW = 60;

/** What is wrong with a service, by what it says of itself; the worst first. */
export function findingsOf(state: State): Finding[] {
  const alive = state.workers.filter((worker) => worker.alive);
  const versions = new Set([state.version, ...alive.map((worker) => worker.version)]);
  const { outbox, queue, dead_letters: dead } = state;
  const oldest = outbox.oldest_age_seconds ?? 0;
  const lag = queue?.lag_seconds ?? 0;
  const found: (Finding | false)[] = [
    !state.database.ok && { tone: "bad", text: text.findings.database },
    !state.broker.ok && { tone: "bad", text: text.findings.broker },
    alive.length === 0 && { tone: "bad", text: text.findings.noWorker },
    alive.length > 0 && !alive.some((worker) => worker.leads) && { tone: "bad", text: text.findings.noLeader },
    state.consumes && alive.length > 0 && !alive.some((worker) => worker.consuming) && { tone: "bad", text: text.findings.noConsumer },
    outbox.failing > 0 && { tone: "bad", text: text.findings.failing(outbox.failing) },
    oldest > SLOW && { tone: "bad", text: text.findings.backlog(outbox.unpublished, age(oldest)) },
    lag > SLOW && { tone: "warn", text: text.findings.lag(age(lag)) },
    (dead?.count ?? 0) > 0 && { tone: "warn", text: text.findings.dead(dead?.count ?? 0) },
    alive.length < state.workers.length && { tone: "warn", text: text.findings.silent(state.workers.length - alive.length) },
    versions.size > 1 && { tone: "warn", text: text.findings.versions([...versions]) },
  ];
  return found.filter((finding) => finding !== false).sort((a, b) => Number(b.tone === "bad") - Number(a.tone === "bad"));
}

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
] as const;

/** "42 s", "5 min", "3 h", "2 d". */
export function age(seconds: number): string {
  const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? ["s", 1];
  return `${Math.floor(seconds / size).toLocaleString("en-US")} ${unit}`;
}

/** "1.1 MB". */
export function size(bytes: number): string {
  const steps = ["B", "kB", "MB", "GB", "TB"];
  const step = Math.min(steps.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return `${(bytes / 1000 ** step).toLocaleString("en-US", { maximumFractionDigits: step === 0 ? 0 : 1 })} ${steps[step]}`;
}
