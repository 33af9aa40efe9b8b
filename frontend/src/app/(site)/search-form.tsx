"use client";

import { Search } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTransition, type FormEvent } from "react";
import { Button } from "@/components/ui/button";
import type { Category } from "@/lib/api/types";
import { readParams, toHref, type HomeParams } from "@/lib/search-query";
import { home } from "@/messages";

type Option = readonly [value: string, label: string];

/** A GET form. Without JavaScript the browser sends it; with it, a choice applies at once and the address stays short. */
export function SearchForm({ params, categories }: { params: HomeParams; categories: Category[] }) {
  const router = useRouter();
  const [pending, startTransition] = useTransition();

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const values = Object.fromEntries([...new FormData(event.currentTarget)].map(([name, value]) => [name, String(value)]));
    startTransition(() => router.push(toHref(readParams(values)), { scroll: false }));
  };

  return (
    <form role="search" action="/" method="get" onSubmit={submit} onChange={(event) => event.target instanceof HTMLSelectElement && event.currentTarget.requestSubmit()} aria-busy={pending}>
      <div className="flex gap-2.5">
        <label className="relative min-w-0 flex-1">
          <span className="sr-only">{home.search}</span>
          <Search aria-hidden="true" className="pointer-events-none absolute top-1/2 left-4 size-5 -translate-y-1/2 text-muted" />
          <input type="search" name="search" defaultValue={params.search} placeholder={home.searchPlaceholder} maxLength={200} className="control min-h-13! pl-12!" />
        </label>
        <Button type="submit" busy={pending} className="min-h-13! px-6">
          {home.submit}
        </Button>
      </div>
      <fieldset className="mt-3 grid grid-cols-2 gap-2.5 md:grid-cols-4">
        <legend className="sr-only">{home.filters}</legend>
        <Choice name="category" label={home.category} none={home.anyCategory} value={params.category} options={categories.map(({ slug, name }) => [slug, name])} />
        <Choice name="price" label={home.price} none={home.anyPrice} value={params.price} options={Object.entries(home.prices)} />
        <Choice name="duration" label={home.duration} none={home.anyDuration} value={params.duration} options={Object.entries(home.durations)} />
        <Choice name="sort" label={home.sort} none={params.search ? home.bestMatch : home.sorts["-created_at"]} value={params.sort} options={Object.entries(home.sorts).filter(([value]) => params.search || value !== "-created_at")} />
      </fieldset>
    </form>
  );
}

function Choice({ name, label, none, value, options }: { name: string; label: string; none?: string; value: string; options: Option[] }) {
  return (
    <label className="min-w-0">
      <span className="mb-1 block text-sm text-muted">{label}</span>
      <select name={name} defaultValue={value} className="control text-sm!">
        <option value="">{none}</option>
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
