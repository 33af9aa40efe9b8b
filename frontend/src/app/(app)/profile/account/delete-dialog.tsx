"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState, type FormEvent } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { explain, Failure } from "@/components/ui/failure";
import { PasswordField, TextField } from "@/components/ui/field";
import { Skeleton } from "@/components/ui/skeleton";
import { api } from "@/lib/api/client";
import { ApiError, unwrap, withResponse } from "@/lib/api/errors";
import type { Profile } from "@/lib/api/types";
import { logout } from "@/lib/auth/session";
import { keys } from "@/lib/query-keys";
import { notify } from "@/lib/toast";
import { deletion as text } from "@/messages";

const total = ({ response }: { response: Response }) => Number(response.headers.get("x-total-count") ?? 0);

/** What a deletion would touch, and whether it is confirmed by a password. */
async function countAffected(teaches: boolean) {
  const upcoming = { when: "upcoming", status: "confirmed", page_size: 1 } as const;
  const [{ has_password }, own, sessions, given] = await Promise.all([
    unwrap(api.GET("/api/auth/second-factors/")),
    withResponse(api.GET("/api/bookings/my_bookings/", { params: { query: upcoming } })).then(total),
    teaches ? withResponse(api.GET("/api/sessions/", { params: { query: { my_sessions: true, page_size: 1 } } })).then(total) : 0,
    teaches ? withResponse(api.GET("/api/bookings/creator_bookings/", { params: { query: upcoming } })).then(total) : 0,
  ]);
  return { has_password, own, sessions, given };
}

export default function DeleteDialog({ profile, onClose }: { profile: Profile; onClose: () => void }) {
  const router = useRouter();
  const teaches = profile.role !== "user";
  const [word, setWord] = useState("");
  const [password, setPassword] = useState("");
  const [mismatch, setMismatch] = useState(false);
  const affected = useQuery({ queryKey: keys.leaving, queryFn: () => countAffected(teaches), staleTime: 0, gcTime: 0 });
  const remove = useMutation({
    mutationFn: () => unwrap(api.POST("/api/auth/delete/", { body: { current_password: password || null }, headers: { "X-Auth-Mode": "cookie" } })),
    onSuccess: async () => {
      // There is no login to end any more, but this browser and its other tabs still show one.
      router.push("/");
      await logout();
      void notify(text.done);
    },
  });
  const problem = remove.error instanceof ApiError ? remove.error : null;
  const atPassword = problem?.errors.current_password?.[0];

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const same = word.trim().replace(/^@/, "") === profile.username;
    setMismatch(!same);
    if (same) remove.mutate();
  };

  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} locked={remove.isPending} title={text.question} description={text.lead}>
      {affected.isPending ? (
        <Skeleton className="space-y-2" blocks={["h-5 w-3/4", "h-5 w-full", "h-5 w-1/2"]} />
      ) : !affected.data ? (
        <Failure compact error={affected.error} onRetry={() => affected.refetch()} />
      ) : (
        <ul className="list-disc space-y-1.5 pl-5 text-sm">
          <li>{text.forgotten}</li>
          <li>
            {affected.data.own ? text.ownBookings(affected.data.own) : text.noOwnBookings}{" "}
            {affected.data.own > 0 && (
              <Link href="/dashboard" className="link">
                {text.toBookings}
              </Link>
            )}
          </li>
          {affected.data.sessions > 0 && <li>{text.sessions(affected.data.sessions)}</li>}
          {affected.data.sessions > 0 && <li className={affected.data.given ? "font-medium" : ""}>{affected.data.given ? text.given(affected.data.given) : text.noGiven}</li>}
          <li>{text.past}</li>
          <li>{text.again}</li>
        </ul>
      )}
      <p className="mt-3 text-sm text-muted">{text.download}</p>
      <form onSubmit={submit} noValidate className="mt-5 space-y-4">
        <TextField
          label={text.confirm(profile.username)}
          value={word}
          onChange={(event) => setWord(event.target.value)}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          error={mismatch ? text.mismatch : undefined}
        />
        <input type="text" autoComplete="username" value={profile.email} readOnly hidden />
        {affected.data?.has_password !== false && (
          <PasswordField
            label={text.password}
            value={password}
            onChange={(event) => setPassword(event.target.value)}
            autoComplete="current-password"
            error={atPassword}
          />
        )}
        {remove.error && !atPassword && (
          <p role="alert" className="rounded-md bg-danger-soft px-4 py-3 text-sm">
            {explain(remove.error, { last_admin: text.lastAdmin, reauthentication_required: text.freshLogin })}
          </p>
        )}
        <div className="flex flex-wrap justify-end gap-2.5 pt-1">
          <Button variant="secondary" onClick={onClose} disabled={remove.isPending}>
            {text.keep}
          </Button>
          <Button type="submit" variant="danger" busy={remove.isPending} disabled={!affected.data}>
            {text.submit}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
