"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { Button } from "@/components/ui/button";
import { Failure } from "@/components/ui/failure";
import { Skeleton } from "@/components/ui/skeleton";
import { api } from "@/lib/api/client";
import { ApiError, unwrap } from "@/lib/api/errors";
import type { Profile } from "@/lib/api/types";
import { adoptToken } from "@/lib/auth/session";
import { formatDate, viewerZone } from "@/lib/dates";
import { keys } from "@/lib/query-keys";
import { notify } from "@/lib/toast";
import { useLocale } from "@/lib/use-locale";
import { profile as text } from "@/messages";
import { Completion } from "./completion";
import { Frame } from "./frame";
import { ProfileForm } from "./profile-form";
import { useProfile } from "./use-profile";

export function ProfilePage() {
  return (
    <Frame page="profile" title={text.title} lead={text.lead}>
      <Content />
    </Frame>
  );
}

function Content() {
  const query = useProfile();
  if (query.isPending) return <Skeleton className="mt-8 max-w-2xl space-y-4" blocks={["h-16 w-full", "h-96 w-full"]} />;
  if (!query.data) {
    return (
      <div className="mt-10">
        <Failure error={query.error} onRetry={() => query.refetch()} />
      </div>
    );
  }
  return (
    <div className="mt-8 grid gap-x-16 gap-y-10 lg:grid-cols-[minmax(0,1fr)_20rem]">
      <ProfileForm profile={query.data} />
      <Facts profile={query.data} />
    </div>
  );
}

function Facts({ profile }: { profile: Profile }) {
  const locale = useLocale();
  const rows = [
    [text.email, profile.email],
    [text.username, `@${profile.username}`],
    [text.role, text.roles[profile.role]],
    [text.since, formatDate(profile.created_at, viewerZone(), locale)],
  ];
  return (
    <aside className="space-y-6 self-start lg:sticky lg:top-24">
      <Completion profile={profile} />
      <section aria-labelledby="account" className="panel p-5">
        <h2 id="account" className="text-base">
          {text.account}
        </h2>
        <dl className="mt-3 space-y-2.5 text-sm">
          {rows.map(([label, value]) => (
            <div key={label} className="flex justify-between gap-4">
              <dt className="shrink-0 text-muted">{label}</dt>
              <dd className="min-w-0 text-right break-words">{value}</dd>
            </div>
          ))}
        </dl>
        {profile.role === "creator" && (
          <Link href={`/creators/${profile.id}`} className="link mt-4 inline-block py-1 text-sm">
            {text.publicPage}
          </Link>
        )}
      </section>
      {profile.role === "user" && <BecomeCreator />}
    </aside>
  );
}

function BecomeCreator() {
  const queries = useQueryClient();
  const become = useMutation({
    // New tokens come with the new role; in cookie mode the refresh token among them stays out of reach of this page.
    mutationFn: () => unwrap(api.POST("/api/auth/become-creator/", { headers: { "X-Auth-Mode": "cookie" } })),
    onSuccess: ({ access }) => {
      adoptToken(access);
      void queries.invalidateQueries({ queryKey: keys.profile });
      void notify(text.became);
    },
  });
  return (
    <section aria-labelledby="become" className="panel p-5">
      <h2 id="become" className="text-base">
        {text.become}
      </h2>
      <p className="mt-1.5 text-sm text-muted">{text.becomeText}</p>
      <Button variant="secondary" size="sm" className="mt-4" busy={become.isPending} onClick={() => become.mutate()}>
        {text.becomeAction}
      </Button>
      {become.error instanceof ApiError && (
        <div className="mt-4">
          <Failure compact error={become.error} />
        </div>
      )}
    </section>
  );
}
