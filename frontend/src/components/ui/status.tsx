const TONES = {
  good: "text-accent before:bg-accent",
  calm: "text-muted before:bg-line-strong",
  bad: "text-danger before:bg-danger",
  warn: "text-warn before:bg-warn",
};

/** A state by word and dot, never by colour alone. */
export function Status({ tone, children }: { tone: keyof typeof TONES; children: string }) {
  return <span className={`inline-flex items-center gap-2 text-sm font-medium whitespace-nowrap before:size-2 before:rounded-full ${TONES[tone]} before:content-['']`}>{children}</span>;
}
