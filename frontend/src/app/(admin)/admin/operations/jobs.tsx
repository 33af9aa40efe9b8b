"use client";

import { Status } from "@/components/ui/status";
import { formatStamp, viewerZone } from "@/lib/dates";
import { useLocale } from "@/lib/use-locale";
import { audit } from "@/messages/admin";
import { operations as text } from "@/messages/admin-operations";
import { PersonLink } from "../kit/names";
import { outcomeOf } from "./outcome";
import { isUnfinished, type Job, type Service } from "./services";

const TONES = { waiting: "calm", running: "warn", done: "good", failed: "bad" } as const;

export type ServiceJob = { service: Service; job: Job };

export function Jobs({ jobs }: { jobs: ServiceJob[] }) {
  if (jobs.length === 0) return <p className="panel p-5 text-sm text-muted">{text.noJobs}</p>;
  return (
    <ol className="panel divide-y divide-line text-sm">
      {jobs.map(({ service, job }) => (
        <JobLine key={job.id} service={service} job={job} />
      ))}
    </ol>
  );
}

function JobLine({ service, job }: ServiceJob) {
  const locale = useLocale();
  const outcome = outcomeOf(job);
  const differs = outcome?.good === false;
  return (
    <li className="figures grid gap-x-6 gap-y-1 px-5 py-4 md:grid-cols-[16rem_minmax(0,1fr)]">
      <div className="text-muted">
        <p className="font-medium text-ink">
          {text.names[service]}: {text.kinds[job.kind] ?? job.kind}
        </p>
        <p>{formatStamp(job.created_at, viewerZone(), locale)}</p>
        <p>
          {text.askedBy} <PersonLink id={job.asked_by} />
        </p>
      </div>
      <div className="min-w-0">
        <p>
          <Status tone={differs ? "warn" : TONES[job.state]}>{differs ? text.differsState : text.states[job.state]}</Status>
          {job.attempts > 1 && <span className="text-muted"> · {text.attempts(job.attempts)}</span>}
        </p>
        {isUnfinished(job) && <Progress job={job} />}
        {job.error && <p className="mt-1">{job.error}</p>}
        {outcome && <p className="mt-1">{outcome.summary}</p>}
        {outcome && outcome.lines.length > 0 && (
          <details className="mt-1">
            <summary className="cursor-pointer py-1 font-medium">{text.details(outcome.lines.length)}</summary>
            <ul className="mt-1 max-h-80 space-y-1 overflow-auto" tabIndex={0} aria-label={text.details(outcome.lines.length)}>
              {outcome.lines.map((line, index) => (
                <li key={index}>
                  {line.creator && (
                    <>
                      <PersonLink id={line.creator} />:{" "}
                    </>
                  )}
                  {line.text}
                </li>
              ))}
            </ul>
          </details>
        )}
        {job.reason && (
          <p className="mt-1">
            <span className="text-muted">{audit.reason}:</span> {job.reason}
          </p>
        )}
      </div>
    </li>
  );
}

function Progress({ job }: { job: Job }) {
  const { progress } = job;
  const said = progress ? text.progress(text.steps[progress.step] ?? progress.step, progress.done, progress.total) : job.state === "waiting" ? text.waits : text.begins;
  return (
    <div role="status" className="mt-1">
      {said}
      {/* Without a value it moves to and fro: nobody knows how much there is. */}
      <progress
        aria-label={text.kinds[job.kind] ?? job.kind}
        {...(progress?.total ? { value: progress.done, max: progress.total } : {})}
        className="mt-1.5 block h-1.5 w-full max-w-md accent-accent"
      />
    </div>
  );
}
