"use client";

import { Skeleton } from "@/components/ui/skeleton";
import { operations as text } from "@/messages/admin-operations";
import { Page, Section } from "../kit/page-frame";
import { refusalOf } from "../kit/problem";
import { DeadLetters } from "./dead-letters";
import { Jobs } from "./jobs";
import { ServiceCard } from "./service-card";
import { CONSUMERS, SERVICES, useJobs, useStates, type Job, type State } from "./services";
import { Upkeep } from "./upkeep";

const SHOWN_JOBS = 15;

export default function OperationsPage() {
  const answers = useStates();
  const jobAnswers = useJobs();
  const states: Partial<Record<string, State>> = Object.fromEntries(SERVICES.map((service, index) => [service, answers[index]?.data]));
  const jobs: Partial<Record<string, Job[]>> = Object.fromEntries(SERVICES.map((service, index) => [service, jobAnswers[index]?.data]));
  const newest = SERVICES.flatMap((service) => (jobs[service] ?? []).map((job) => ({ service, job }))).sort((a, b) => b.job.created_at.localeCompare(a.job.created_at));
  const asked = answers.some(({ isPending }) => !isPending);
  return (
    <Page title={text.title} lead={text.lead} refusal={refusalOf(answers)}>
      <Section id="services" title={text.services}>
        <div className="grid items-start gap-3 lg:grid-cols-3">
          {SERVICES.map((service, index) => {
            const answer = answers[index];
            return answer && <ServiceCard key={service} service={service} answer={answer} />;
          })}
        </div>
      </Section>
      {asked && (
        <Section id="dead-letters" title={text.letters}>
          <Letters states={states} />
        </Section>
      )}
      <Section id="upkeep" title={text.upkeep}>
        <Upkeep states={states} jobs={jobs} />
      </Section>
      <Section id="jobs" title={text.jobs}>
        {SERVICES.map((service, index) =>
          jobAnswers[index]?.error ? (
            <p key={service} className="mb-2 text-sm text-muted">
              {text.jobsUnknown(text.names[service])}
            </p>
          ) : null,
        )}
        {jobAnswers.every(({ isPending }) => isPending) ? <Skeleton blocks={["h-24 w-full"]} /> : <Jobs jobs={newest.slice(0, SHOWN_JOBS)} />}
      </Section>
    </Page>
  );
}

function Letters({ states }: { states: Partial<Record<string, State>> }) {
  const counts = CONSUMERS.map((service) => ({ service, count: states[service]?.dead_letters?.count }));
  if (counts.every(({ count }) => count === 0)) return <p className="panel p-5 text-sm text-muted">{text.noLetters}</p>;
  return counts.map(({ service, count }) =>
    count === undefined ? (
      <p key={service} className="panel mt-3 p-5 text-sm text-muted first:mt-0">
        {text.lettersUnknown(text.names[service])}
      </p>
    ) : (
      count > 0 && <DeadLetters key={service} service={service} count={count} />
    ),
  );
}
