/** A row of links of which one is `aria-current`. */
export const SEGMENTS = "flex gap-1 rounded-lg bg-sunken p-1";
export const SEGMENT =
  "figures flex min-h-8 items-center rounded-md px-3 text-sm font-medium text-muted hover:text-ink aria-[current]:bg-surface aria-[current]:text-ink pointer-coarse:min-h-11";
