import Link from "next/link";
import { PageHeading } from "./Heading";
import { buttonStyle } from "./ui/button";

export function NotFound({ title, text, action }: { title: string; text: string; action: string }) {
  return (
    <div className="shell flex flex-col items-center py-28 text-center">
      <svg viewBox="0 0 160 90" className="mb-8 w-44 text-line-strong" fill="none" stroke="currentColor" strokeWidth="1.75" strokeLinecap="round" aria-hidden="true">
        <path d="M8 70h144M44 70a36 36 0 0 1 72 0" />
        <path d="M60 80h40M70 88h20M128 26l8-8M80 18V6M32 26l-8-8" strokeDasharray="2 5" />
      </svg>
      <PageHeading className="text-3xl">{title}</PageHeading>
      <p className="mt-4 max-w-[46ch] text-muted">{text}</p>
      <Link href="/" className={buttonStyle("primary", "md", "mt-8")}>
        {action}
      </Link>
    </div>
  );
}
