import type { ReactNode } from "react";

type EmptyProps = { title: string; text?: string; children?: ReactNode; drawing?: "seats" | "search" | "calendar"; level?: 2 | 3 };

const LINES: Record<NonNullable<EmptyProps["drawing"]>, ReactNode> = {
  seats: <path d="M14 46V26a6 6 0 0 1 6-6h12a6 6 0 0 1 6 6v20M10 36v14h32V36M14 50v8M38 50v8M58 46V30a6 6 0 0 1 6-6h8M54 38v12h22M58 50v8" />,
  search: <path d="M20 16h34v10M20 16v46h28M28 28h14M28 38h10M56 58a13 13 0 1 1 0-26a13 13 0 0 1 0 26zM65 54l11 11" />,
  calendar: <path d="M16 20h56v42H16zM16 32h56M28 14v12M60 14v12M34 48l7 7l13-14" />,
};

/** What a list shows when it has nothing: a line drawing, a sentence, one thing to do. */
export function Empty({ title, text, children, drawing = "seats", level = 2 }: EmptyProps) {
  const Heading = `h${level}` as const;
  return (
    <div className="flex flex-col items-center px-4 py-14 text-center">
      <svg viewBox="0 0 88 76" className="mb-5 h-19 w-22 text-line-strong" fill="none" stroke="currentColor" strokeWidth="1.75" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
        {LINES[drawing]}
      </svg>
      <Heading className="text-lg">{title}</Heading>
      {text && <p className="mt-1.5 max-w-[44ch] text-muted">{text}</p>}
      {children && <div className="mt-6">{children}</div>}
    </div>
  );
}
