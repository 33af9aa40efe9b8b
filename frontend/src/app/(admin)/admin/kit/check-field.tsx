import type { ComponentProps } from "react";

/** Yes or no, with its label beside it. */
export function CheckField({ label, ...input }: { label: string } & ComponentProps<"input">) {
  return (
    <label className="flex min-h-8 cursor-pointer items-center gap-3 text-sm font-medium pointer-coarse:min-h-11">
      <input type="checkbox" className="size-4.5 accent-accent" {...input} />
      {label}
    </label>
  );
}
