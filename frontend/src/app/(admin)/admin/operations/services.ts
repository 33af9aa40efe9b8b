"use client";

import { useQueries, useQuery } from "@tanstack/react-query";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import type { components } from "@/lib/api/schema";

export const SERVICES = ["identity", "catalog", "booking"] as const;
export type Service = (typeof SERVICES)[number];
/** Those that have a queue, and replicas. */
export const CONSUMERS = ["catalog", "booking"] as const;
export type Consumer = (typeof CONSUMERS)[number];

export type State = components["schemas"]["OperationsState"];
export type Job = components["schemas"]["Job"];
export type Letter = components["schemas"]["DeadLetterSummary"];

const POLL_MS = 5_000;
const JOB_POLL_MS = 1_000;
const LETTERS_POLL_MS = 10_000;
/** A service that hangs is no better than one that is gone. */
const PATIENCE_MS = 8_000;
const JOBS = 10;
export const LETTERS = 50;

const key = (service: Service, ...what: unknown[]) => ["operations", service, ...what];
const patient = (signal: AbortSignal) => AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
// What fails is asked again anyway. In a window that nobody sees React Query doesn't ask.
const polled = { retry: false, staleTime: 0, refetchInterval: POLL_MS } as const;

/** Each service as it says it is, one apart from the other. */
export function useStates() {
  return useQueries({
    queries: SERVICES.map((service) => ({
      ...polled,
      queryKey: key(service, "state"),
      queryFn: ({ signal }: { signal: AbortSignal }) => unwrap(api.GET(`/api/admin/${service}/operations/`, { signal: patient(signal) })),
    })),
  });
}

export const isUnfinished = (job: Job) => job.state === "waiting" || job.state === "running";

export function useJobs() {
  return useQueries({
    queries: SERVICES.map((service) => ({
      ...polled,
      queryKey: key(service, "jobs"),
      queryFn: ({ signal }: { signal: AbortSignal }) => unwrap(api.GET(`/api/admin/${service}/jobs/`, { params: { query: { page_size: JOBS } }, signal: patient(signal) })),
      refetchInterval: (query: { state: { data?: Job[] } }) => (query.state.data?.some(isUnfinished) ? JOB_POLL_MS : POLL_MS),
    })),
  });
}

/** `count`, as the service's state has it: another one is read at once. */
export function useLetters(service: Consumer, page: number, count: number) {
  return useQuery({
    retry: false,
    staleTime: 0,
    refetchInterval: LETTERS_POLL_MS,
    queryKey: key(service, "letters", page, count),
    queryFn: () => unwrap(api.GET(`/api/admin/${service}/dead-letters/`, { params: { query: { page, page_size: LETTERS } } })),
    placeholderData: (before) => before,
  });
}

export function useLetter(service: Consumer, id: string) {
  return useQuery({
    retry: false,
    queryKey: key(service, "letter", id),
    queryFn: () => unwrap(api.GET(`/api/admin/${service}/dead-letters/{letter_id}/`, { params: { path: { letter_id: id } } })),
  });
}
