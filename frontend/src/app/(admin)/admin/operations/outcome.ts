import { operations as text } from "@/messages/admin-operations";
import type { Job } from "./services";

type Values = Record<string, unknown>;
type RevenueDifference = { place: string; creator_id: string; currency: string | null; what: string; expected: Values | null; found: Values | null };
type ReplicaDifference = { id: string; what: "missing" | "older" | "different" | "unknown"; here: number | null; there: number | null; fields: string[] };
type ReplicaResult = { name: string; differences: ReplicaDifference[] };

/** One thing that differs: whose, where that is a creator's, and how. */
export type Line = { creator?: string; text: string };
export type Outcome = { good: boolean; summary: string; lines: Line[] };

/** What came of a job that is done, in words. */
export function outcomeOf(job: Job): Outcome | null {
  const result = job.result as Values | null;
  if (job.state !== "done" || result === null) return null;
  const count = (name: string) => Number(result[name] ?? 0);
  const replicas = (result.replicas ?? []) as ReplicaResult[];
  const rows = () => replicas.flatMap(({ name, differences }) => differences.map((difference) => ({ text: replicaLine(name, difference) })));
  switch (job.kind) {
    case "revenue.check": {
      const differences = (result.differences ?? []) as RevenueDifference[];
      const creators = new Set(differences.map(({ creator_id }) => creator_id)).size;
      const summary = count("total") === 0 ? text.noDrift : text.drift(count("total"), creators);
      return { good: count("total") === 0, summary: summary + text.pending(count("pending")), lines: differences.map(revenueLine) };
    }
    case "revenue.rebuild":
      return { good: true, summary: text.rebuilt(count("entries")), lines: [] };
    case "replicas.check":
      return { good: count("differing") + count("unsettled") === 0, summary: text.compared(count("differing"), count("unsettled")), lines: rows() };
    case "replicas.resync":
      return { good: count("unknown") === 0, summary: text.resynced(count("rows"), count("applied"), count("settled"), count("unknown")), lines: rows() };
    case "dead_letters.resend":
      return { good: true, summary: text.resent(count("sent")), lines: [] };
    default:
      return { good: true, summary: JSON.stringify(result), lines: [] };
  }
}

function revenueLine({ place, creator_id: creator, currency, what, expected, found }: RevenueDifference): Line {
  const names = [...new Set([...Object.keys(expected ?? {}), ...Object.keys(found ?? {})])];
  const changed = names.filter((name) => JSON.stringify(expected?.[name]) !== JSON.stringify(found?.[name]));
  const how =
    found === null ? text.missing : expected === null ? text.tooMuch : changed.map((name) => text.instead(name.replaceAll("_", " "), shown(found[name]), shown(expected[name]))).join(", ");
  return { creator, text: [place, currency, what].filter(Boolean).join(", ") + `: ${how}` };
}

function replicaLine(name: string, { id, what, here, there, fields }: ReplicaDifference): string {
  return text.replicaDiffers(name, id, text.differs[what], here, there, fields.join(", "));
}

const shown = (value: unknown) => (value === null || value === undefined ? "–" : typeof value === "object" ? JSON.stringify(value) : String(value));
