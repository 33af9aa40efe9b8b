"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, type ReactNode } from "react";
import { FormProvider, useForm } from "react-hook-form";
import * as z from "zod/mini";
import { explain } from "@/components/ui/failure";
import { SelectField, TextArea, TextField } from "@/components/ui/field";
import { SheetForm } from "@/components/ui/form-sheet";
import { api } from "@/lib/api/client";
import { ApiError, unwrap } from "@/lib/api/errors";
import type { Session } from "@/lib/api/types";
import { CURRENCIES, toCents } from "@/lib/money";
import { keys } from "@/lib/query-keys";
import { notify } from "@/lib/toast";
import { useAttempt } from "@/lib/use-attempt";
import { zones } from "@/lib/zones";
import { fields, studio } from "@/messages";

const text = studio.form;

const whole = (low: number, high: number) =>
  z.string().check(
    z.trim(),
    z.regex(/^\d{1,6}$/, { error: fields.whole, abort: true }),
    z.refine((digits) => Number(digits) >= low && Number(digits) <= high, fields.between(low.toLocaleString("en-US"), high.toLocaleString("en-US"))),
  );

const schema = z.object({
  title: z.string().check(z.trim(), z.minLength(1, fields.required), z.maxLength(200, fields.maximum(200))),
  description: z.string().check(z.trim(), z.maxLength(20_000, fields.maximum(20_000))),
  duration: whole(5, 1440),
  price: z.string().check(
    z.trim(),
    z.regex(/^\d{1,7}(\.\d{1,2})?$/, { error: fields.money, abort: true }),
    z.refine((amount) => toCents(amount) <= 100_000_000n, fields.between("0", "1,000,000")),
  ),
  currency: z.string(),
  max_participants: whole(1, 100_000),
  category: z.string(),
  timezone: z.string(),
  location: z.string().check(z.trim(), z.maxLength(200, fields.maximum(200))),
  image_url: z.string().check(z.trim(), z.maxLength(2000, fields.maximum(2000)), z.refine((url) => url === "" || /^https:\/\/[^\s/]+/.test(url), fields.https)),
  status: z.enum(["active", "inactive", "completed"]),
  creator: z.string(),
  reason: z.string().check(z.trim(), z.maxLength(500, fields.maximum(500))),
});
const withCreator = z.object({ ...schema.shape, creator: z.string().check(z.minLength(1, fields.choose)) });
export type Values = z.infer<typeof schema>;

const valuesOf = (session: Session | undefined, timezone: string): Values => ({
  title: session?.title ?? "",
  description: session?.description ?? "",
  duration: String(session?.duration ?? 60),
  price: session?.price ?? "",
  currency: session?.currency ?? "USD",
  max_participants: String(session?.max_participants ?? 10),
  category: session?.category ?? "",
  timezone: session?.timezone ?? timezone,
  location: session?.location ?? "",
  image_url: session?.image_url ?? "",
  status: session?.status ?? "active",
  creator: "",
  reason: "",
});

/** What admins have beside: fields of whose a new session is, and why. They find the form in its context. */
export type AdminFields = { createLead: string; creator: ReactNode; reason: ReactNode };
export type FormEvents = { onDirty: (dirty: boolean) => void; onBusy: (busy: boolean) => void; onCancel: () => void; onDone: (message: string, id: string) => void };
/** `timezone` is what a new session starts with. */
type SessionFormProps = FormEvents & { session?: Session; etag?: string | null; timezone: string; admin?: AdminFields };

export function SessionForm({ session, etag, timezone, admin, onDirty, onBusy, onCancel, onDone }: SessionFormProps) {
  const queries = useQueryClient();
  const [initial] = useState(() => valuesOf(session, timezone));
  const form = useForm<Values>({ resolver: zodResolver(admin && !session ? withCreator : schema), defaultValues: initial });
  const { register, handleSubmit, setError, getValues, formState } = form;
  const { errors, isSubmitting } = formState;
  const [problem, setProblem] = useState<string | null>(null);
  const attempt = useAttempt();
  const categories = useQuery({ queryKey: keys.categories, queryFn: () => unwrap(api.GET("/api/sessions/categories/")), staleTime: 60_000 });
  useEffect(() => onBusy(isSubmitting), [isSubmitting, onBusy]);

  // Within the event itself: the form library's own word may come after the Escape that follows.
  const compare = () => onDirty(Object.entries(initial).some(([field, value]) => getValues(field as keyof Values) !== value));

  const submit = handleSubmit(async ({ creator, reason, ...values }) => {
    setProblem(null);
    const body = {
      ...values,
      duration: Number(values.duration),
      max_participants: Number(values.max_participants),
      category: values.category || null,
      location: values.location || null,
      image_url: values.image_url || null,
      ...(admin && { reason }),
    };
    try {
      const { id } = session
        ? await unwrap(api.PATCH("/api/sessions/{session_id}/", { params: { path: { session_id: session.id }, header: etag ? { "If-Match": etag } : {} }, body }))
        : await attempt(admin ? { ...body, creator } : body, (body, key) => unwrap(api.POST("/api/sessions/", { params: { header: { "Idempotency-Key": key } }, body })));
      void queries.invalidateQueries({ queryKey: keys.creator });
      const message = session ? text.updated : text.created;
      if (!admin) void notify(message);
      onDone(message, id);
    } catch (error) {
      if (error instanceof ApiError && error.status === 412) return setProblem(text.stale);
      const named = error instanceof ApiError ? Object.entries(error.errors).filter(([field]) => field in initial) : [];
      named.forEach(([field, messages], index) => setError(field as keyof Values, { message: messages[0] }, { shouldFocus: index === 0 }));
      if (named.length === 0) setProblem(explain(error));
    }
  });

  return (
    <FormProvider {...form}>
      <SheetForm onSubmit={submit} onChange={compare} problem={problem} busy={isSubmitting} cancel={text.cancel} save={session ? text.update : text.create} onCancel={onCancel}>
        {!session && admin?.creator}
        <TextField label={text.title} autoFocus={!session && !admin} {...register("title")} error={errors.title?.message} />
        <TextArea label={text.description} rows={6} hint={text.descriptionHint} {...register("description")} error={errors.description?.message} />
        <div className="grid grid-cols-2 gap-4">
          <TextField label={text.duration} inputMode="numeric" {...register("duration")} error={errors.duration?.message} />
          <TextField label={text.seats} inputMode="numeric" hint={text.seatsHint} {...register("max_participants")} error={errors.max_participants?.message} />
          <TextField label={text.price} inputMode="decimal" placeholder="49.99" {...register("price")} error={errors.price?.message} />
          <SelectField label={text.currency} {...register("currency")} error={errors.currency?.message}>
            {[...new Set([session?.currency ?? "USD", ...CURRENCIES])].map((currency) => (
              <option key={currency}>{currency}</option>
            ))}
          </SelectField>
        </div>
        <div className="grid gap-4 sm:grid-cols-2">
          {/* The options come after the value: a new key lets the choice be made again. */}
          <SelectField key={categories.data?.length ?? 0} label={text.category} {...register("category")} error={errors.category?.message}>
            <option value="">{text.noCategory}</option>
            {(categories.data ?? (session?.category ? [{ slug: session.category, name: session.category }] : [])).map(({ slug, name }) => (
              <option key={slug} value={slug}>
                {name}
              </option>
            ))}
          </SelectField>
          <SelectField label={text.timezone} {...register("timezone")} error={errors.timezone?.message}>
            {zones(session?.timezone ?? timezone).map((zone) => (
              <option key={zone}>{zone}</option>
            ))}
          </SelectField>
        </div>
        <TextField label={text.location} hint={text.locationHint} {...register("location")} error={errors.location?.message} />
        <TextField label={text.image} type="url" inputMode="url" placeholder="https://" hint={text.imageHint} {...register("image_url")} error={errors.image_url?.message} />
        <SelectField label={text.status} {...register("status")} error={errors.status?.message}>
          {Object.entries(studio.statuses).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </SelectField>
        {admin?.reason}
      </SheetForm>
    </FormProvider>
  );
}
