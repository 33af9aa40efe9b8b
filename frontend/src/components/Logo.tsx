import { site } from "@/messages";

export function Logo() {
  return (
    <span className="flex items-center gap-2.5 text-[1.06rem] font-semibold tracking-tight">
      <svg viewBox="0 0 24 24" className="size-6 text-accent" aria-hidden="true">
        <path d="M3 14a9 9 0 0 1 18 0z" fill="currentColor" />
        <path d="M3 17h18v1.8H3zM8 20.6h8v1.6H8z" fill="currentColor" opacity=".55" />
      </svg>
      {site.short}
    </span>
  );
}
