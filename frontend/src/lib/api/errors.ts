import type { Problem } from "./types";

/** An answer of the API that isn't a success. `status` 0: there was no answer at all. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string | null;
  readonly errors: Record<string, string[]>;
  readonly requestId: string | null;
  /** Seconds, where the API asked to wait. */
  readonly retryAfter: number | null;
  /** The whole problem document: some codes carry more. */
  readonly problem: Record<string, unknown>;
  /** All that Next tells a browser of an error that a page met on the server. */
  readonly digest: string | undefined;

  constructor(status: number, body: unknown, headers?: Headers) {
    const problem = (typeof body === "object" && body !== null ? body : {}) as Partial<Problem>;
    super(problem.title ?? `HTTP ${status}`);
    this.name = "ApiError";
    this.status = status;
    this.code = problem.code ?? (status === 0 ? "unreachable" : "unknown");
    this.detail = problem.detail ?? null;
    this.errors = problem.errors ?? {};
    this.requestId = problem.request_id ?? headers?.get("x-request-id") ?? null;
    const wait = Number(headers?.get("retry-after"));
    this.retryAfter = Number.isFinite(wait) && wait > 0 ? Math.ceil(wait) : null;
    this.digest = this.requestId ?? undefined;
    this.problem = problem as Record<string, unknown>;
  }
}

/** Whether asking again may help: no answer, too many requests, or a fault on the other side. */
export function isTemporary(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status === 429 || error.status >= 500);
}

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** The answer's data, or an ApiError. */
export async function unwrap<T>(call: Promise<Answer<T>>): Promise<T> {
  return (await withResponse(call)).data;
}

/** As unwrap, with the response for its headers. */
export async function withResponse<T>(call: Promise<Answer<T>>): Promise<{ data: T; response: Response }> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    throw new ApiError(0, null);
  }
  if (!answer.response.ok) throw new ApiError(answer.response.status, answer.error, answer.response.headers);
  return { data: answer.data as T, response: answer.response };
}
