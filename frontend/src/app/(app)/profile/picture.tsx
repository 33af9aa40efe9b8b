"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState, type DragEvent, type ReactNode } from "react";
import { Avatar } from "@/components/Avatar";
import { Button } from "@/components/ui/button";
import { explain } from "@/components/ui/failure";
import { api } from "@/lib/api/client";
import { ApiError, unwrap } from "@/lib/api/errors";
import type { Profile } from "@/lib/api/types";
import { update } from "@/lib/auth/session";
import { keys } from "@/lib/query-keys";
import { notify } from "@/lib/toast";
import { upload } from "@/lib/upload";
import { picture as text } from "@/messages";

const TYPES = ["image/jpeg", "image/png", "image/webp", "image/gif"];
const MAX_BYTES = 10 * 2 ** 20;

type PictureProps = {
  /** As the form would save them, so that initials follow what is typed. */
  person: Pick<Profile, "id" | "username" | "first_name" | "last_name" | "avatar">;
  /** What is saved: an address of another site, the place of a picture that was sent, or none. */
  saved: string | null;
  onSaved: () => void;
  children: ReactNode;
};

/** The avatar, and the ways to another one: a file that is chosen or dropped here, or (`children`) an address. */
export function Picture({ person, saved, onSaved, children }: PictureProps) {
  const queries = useQueryClient();
  const input = useRef<HTMLInputElement>(null);
  const [part, setPart] = useState(0);
  const [preview, setPreview] = useState<string | null>(null);
  const [over, setOver] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  useEffect(() => () => (preview === null ? undefined : URL.revokeObjectURL(preview)), [preview]);

  const change = useMutation({
    mutationFn: (file: File | null) =>
      file ? upload<Profile>("/api/auth/avatar/", file, setPart) : unwrap(api.PATCH("/api/auth/profile/", { body: { avatar: null } })),
    onSuccess: (profile, file) => {
      queries.setQueryData(keys.profile, profile);
      update({ avatar: profile.avatar });
      onSaved();
      void notify(file ? text.saved : text.removed);
    },
    onSettled: () => setPreview(null),
  });

  const take = (file: File | undefined) => {
    if (!file || change.isPending) return;
    const wrong = unfit(file);
    setRefused(wrong);
    change.reset();
    if (wrong) return;
    setPart(0);
    setPreview(URL.createObjectURL(file));
    change.mutate(file);
  };
  const drag = (event: DragEvent, over: boolean) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    setOver(over);
  };
  const problem = refused ?? (change.error ? reason(change.error) : null);
  const percent = Math.round(part * 100);

  return (
    <div
      role="group"
      aria-label={text.label}
      onDragEnter={(event) => drag(event, true)}
      onDragOver={(event) => drag(event, true)}
      onDragLeave={(event) => drag(event, event.currentTarget.contains(event.relatedTarget as Node | null))}
      onDrop={(event) => {
        drag(event, false);
        take(event.dataTransfer.files[0]);
      }}
      className={`space-y-5 rounded-sm outline-2 outline-offset-8 outline-dashed ${over ? "outline-accent" : "outline-transparent"}`}
    >
      <div className="flex items-center gap-5">
        <span className="relative inline-grid">
          <Avatar person={preview ? { ...person, avatar: null } : person} size={88} />
          {preview && <img src={preview} alt="" className="absolute inset-0 size-full rounded-full object-cover opacity-70" />}
        </span>
        <div className="min-w-0 flex-1 space-y-2">
          <div className="flex flex-wrap gap-2.5">
            <Button id="picture" variant="secondary" size="sm" busy={change.isPending} aria-describedby="picture-hint" onClick={() => input.current?.click()}>
              {saved ? text.replace : text.choose}
            </Button>
            {saved && !change.isPending && (
              <Button
                variant="ghost"
                size="sm"
                onClick={() => {
                  setRefused(null);
                  change.mutate(null);
                }}
              >
                {text.remove}
              </Button>
            )}
          </div>
          <p id="picture-hint" className="text-sm text-muted">
            {over ? text.drop : text.hint}
          </p>
          <input
            ref={input}
            type="file"
            accept={TYPES.join(",")}
            hidden
            onChange={(event) => {
              take(event.target.files?.[0]);
              // The same file again is a choice, too.
              event.target.value = "";
            }}
          />
          {preview && (
            <div role="progressbar" aria-label={text.label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={percent} className="h-1.5 overflow-hidden rounded-full bg-sunken">
              <div className="h-full rounded-full bg-accent transition-[width] duration-150" style={{ width: `${percent}%` }} />
            </div>
          )}
          <p role="status" className="figures text-sm text-muted empty:hidden">
            {preview ? (percent < 100 ? text.sending(percent) : text.working) : null}
          </p>
          {problem && (
            <p role="alert" className="text-sm text-danger">
              {problem}
            </p>
          )}
        </div>
      </div>
      {children}
    </div>
  );
}

/** What can be told before anything is sent. The server looks at what the file is, whatever it is called. */
function unfit(file: File): string | null {
  if (file.size > MAX_BYTES) return text.tooLarge;
  if (file.size === 0) return text.empty;
  return TYPES.includes(file.type) ? null : text.wrongType;
}

function reason(error: Error): string {
  if (!(error instanceof ApiError)) return explain(error);
  if (error.status === 413) return text.tooLarge;
  if (error.status === 415) return text.wrongType;
  if (error.status === 503) return text.busy;
  return explain(error);
}
