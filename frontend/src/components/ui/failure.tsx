"use client";

import { failure } from "@/messages";
import { ApiError } from "@/lib/api/errors";
import { Button } from "./button";

/** What an error means to a person. `known` has the texts of codes that the caller understands better. */
export function explain(error: unknown, known: Record<string, string> = {}): string {
  if (!(error instanceof ApiError)) return failure.text;
  const own = known[error.code];
  if (own) return own;
  if (error.status === 0) return failure.network;
  if (error.status === 429) return failure.busy(error.retryAfter);
  if (error.status === 401) return failure.unauthenticated;
  if (error.status === 403) return error.detail ?? failure.forbidden;
  if (error.status >= 500) return failure.text;
  const fields = Object.values(error.errors).flat();
  return fields[0] ?? error.detail ?? error.message;
}

type FailureProps = { error: unknown; known?: Record<string, string>; onRetry?: () => void; compact?: boolean };

export function Failure({ error, known, onRetry, compact = false }: FailureProps) {
  const id = error instanceof ApiError ? error.requestId : null;
  return (
    <div role="alert" className={compact ? "rounded-md bg-danger-soft px-4 py-3 text-sm" : "panel mx-auto max-w-xl p-8 text-center"}>
      {!compact && <h2 className="mb-2 text-lg">{failure.title}</h2>}
      <p className={compact ? "text-ink" : "text-muted"}>{explain(error, known)}</p>
      {onRetry && (
        <Button variant="secondary" size="sm" onClick={onRetry} className={compact ? "mt-3" : "mt-5"}>
          {failure.retry}
        </Button>
      )}
      {id && (
        <p className="mt-4 text-xs break-all text-muted">
          {failure.request} {id}
        </p>
      )}
    </div>
  );
}
