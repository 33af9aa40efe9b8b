import { ApiError } from "@/lib/api/errors";

/** What a login that is half done can be finished by, what most people have first. */
export const METHODS = ["totp", "passkey", "recovery_code"] as const;
export type Method = (typeof METHODS)[number];
export type Step = { challenge: string; methods: readonly string[] };

/** The second step that the first one was answered with, if it was. */
export function stepOf(error: unknown): Step | null {
  if (!(error instanceof ApiError) || error.code !== "second_factor_required") return null;
  return { challenge: String(error.problem.challenge), methods: error.problem.methods as string[] };
}

/** The second step of a login that began elsewhere: a provider's answer leads here with it behind the #. */
export function stepInHash(hash: string): (Step & { next: string | null }) | null {
  const values = new URLSearchParams(hash.replace(/^#/, ""));
  const challenge = values.get("second_factor");
  return challenge ? { challenge, methods: (values.get("methods") ?? "").split(","), next: values.get("next") } : null;
}
