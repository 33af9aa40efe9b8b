"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import * as z from "zod/mini";
import { Button } from "@/components/ui/button";
import { explain } from "@/components/ui/failure";
import { PasswordField, SelectField, TextArea, TextField } from "@/components/ui/field";
import { api } from "@/lib/api/client";
import { ApiError, unwrap } from "@/lib/api/errors";
import type { Profile } from "@/lib/api/types";
import { update } from "@/lib/auth/session";
import { viewerZone } from "@/lib/dates";
import { keys } from "@/lib/query-keys";
import { notify } from "@/lib/toast";
import { zones } from "@/lib/zones";
import { fields, profile as text } from "@/messages";
import { Picture } from "./picture";

const schema = z
  .object({
    first_name: z.string().check(z.trim(), z.maxLength(150, fields.maximum(150))),
    last_name: z.string().check(z.trim(), z.maxLength(150, fields.maximum(150))),
    avatar: z.string().check(z.trim(), z.maxLength(2000, fields.maximum(2000)), z.refine((url) => url === "" || /^https:\/\/[^\s/]+/.test(url), fields.https)),
    timezone: z.string(),
    bio: z.string().check(z.trim(), z.maxLength(2000, fields.maximum(2000))),
    current_password: z.string(),
    new_password: z.string().check(z.maxLength(128, fields.maximum(128))),
    repeat_password: z.string(),
  })
  .check(({ value, issues }) => {
    const { current_password: current, new_password: next, repeat_password: repeat } = value;
    const refuse = (field: keyof typeof value, message: string) => issues.push({ code: "custom", path: [field], message, input: value[field] });
    if (!current && !next && !repeat) return;
    if (!current) refuse("current_password", fields.required);
    if (next.length < 8) refuse("new_password", fields.minimum(8));
    else if (next !== repeat) refuse("repeat_password", fields.repeat);
  });
type Values = z.infer<typeof schema>;

/** The part of the page that the security page leads to. */
const PASSWORD = "password";

const NO_PASSWORD = { current_password: "", new_password: "", repeat_password: "" };
/** What the form can change of the avatar: another site's address. A picture that was sent has a place, and no address here. */
const addressOf = ({ avatar }: Pick<Profile, "avatar">): string => (avatar?.startsWith("https:") ? avatar : "");
const valuesOf = ({ first_name, last_name, avatar, timezone, bio }: Profile): Values => ({ first_name, last_name, avatar: addressOf({ avatar }), timezone: timezone || viewerZone(), bio, ...NO_PASSWORD });

export function ProfileForm({ profile }: { profile: Profile }) {
  const queries = useQueryClient();
  const [outcome, setOutcome] = useState<{ ok: boolean; message: string } | null>(null);
  const { register, handleSubmit, reset, resetField, setError, setFocus, control, formState } = useForm<Values>({ resolver: zodResolver(schema), defaultValues: valuesOf(profile) });
  const errors = formState.errors;
  const [first_name, last_name, avatar] = useWatch({ control, name: ["first_name", "last_name", "avatar"] });
  // Only a saved address has a picture here: browsers load nothing from other hosts.
  const preview = { ...profile, first_name, last_name, avatar: avatar.trim() === addressOf(profile) ? profile.avatar : null };

  useEffect(() => {
    // The part isn't there yet when the browser looks for it.
    if (window.location.hash === `#${PASSWORD}`) setFocus("current_password");
  }, [setFocus]);

  const submit = handleSubmit(async ({ current_password, new_password, repeat_password: _, avatar, ...rest }) => {
    setOutcome(null);
    try {
      const saved = await unwrap(api.PATCH("/api/auth/profile/", { body: avatar === addressOf(profile) ? rest : { ...rest, avatar: avatar || null } }));
      queries.setQueryData(keys.profile, saved);
      update({ first_name: saved.first_name, last_name: saved.last_name, avatar: saved.avatar });
      if (new_password) await unwrap(api.POST("/api/auth/password/change/", { body: { current_password, new_password } }));
      reset(valuesOf(saved));
      const message = new_password ? text.passwordSaved : text.saved;
      setOutcome({ ok: true, message });
      void notify(message);
    } catch (error) {
      const named = error instanceof ApiError ? Object.entries(error.errors).filter(([field]) => field in rest || field in NO_PASSWORD || field === "avatar") : [];
      named.forEach(([field, messages], index) => setError(field as keyof Values, { message: messages[0] }, { shouldFocus: index === 0 }));
      if (named.length === 0) setOutcome({ ok: false, message: explain(error) });
    }
  });

  return (
    <form onSubmit={submit} noValidate className="min-w-0 space-y-10">
      <fieldset className="space-y-5">
        <legend className="mb-5 text-xl font-semibold tracking-tight">{text.about}</legend>
        <Picture person={preview} saved={profile.avatar} onSaved={() => resetField("avatar", { defaultValue: "" })}>
          <TextField label={text.avatar} type="url" inputMode="url" placeholder="https://" hint={text.avatarHint} {...register("avatar")} error={errors.avatar?.message} />
        </Picture>
        <div className="grid gap-5 sm:grid-cols-2">
          <TextField label={text.firstName} autoComplete="given-name" {...register("first_name")} error={errors.first_name?.message} />
          <TextField label={text.lastName} autoComplete="family-name" {...register("last_name")} error={errors.last_name?.message} />
        </div>
        <SelectField label={text.timezone} hint={text.timezoneHint} {...register("timezone")} error={errors.timezone?.message}>
          {zones(profile.timezone).map((zone) => (
            <option key={zone}>{zone}</option>
          ))}
        </SelectField>
        <TextArea label={text.bio} rows={5} hint={text.bioHint} {...register("bio")} error={errors.bio?.message} />
      </fieldset>
      <fieldset id={PASSWORD} className="space-y-5 border-t border-line pt-8">
        <legend className="float-left mb-1 text-xl font-semibold tracking-tight">{text.password}</legend>
        <p className="clear-both text-sm text-muted">{text.passwordText}</p>
        <input type="text" autoComplete="username" value={profile.email} readOnly hidden />
        <PasswordField label={text.current} autoComplete="current-password" {...register("current_password")} error={errors.current_password?.message} />
        <div className="grid gap-5 sm:grid-cols-2">
          <PasswordField label={text.next} autoComplete="new-password" {...register("new_password")} error={errors.new_password?.message} />
          <PasswordField label={text.repeat} autoComplete="new-password" {...register("repeat_password")} error={errors.repeat_password?.message} />
        </div>
      </fieldset>
      <div className="flex flex-wrap items-center gap-x-5 gap-y-3">
        <Button type="submit" busy={formState.isSubmitting}>
          {text.save}
        </Button>
        <p role="status" className={`text-sm font-medium ${outcome?.ok ? "text-accent" : "text-danger"}`}>
          {outcome?.message}
        </p>
      </div>
    </form>
  );
}
