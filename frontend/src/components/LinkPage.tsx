import type { ReactNode } from "react";
import { PageHeading } from "./Heading";

/** The page that a mailed link opens: one thing, in the middle. */
export function LinkPage({ title, text, children }: { title: string; text?: string; children?: ReactNode }) {
  return (
    <div className="shell pt-12 md:pt-20">
      <div className="mx-auto max-w-[26rem]">
        <div role="status">
          <PageHeading className="text-3xl">{title}</PageHeading>
          {text && <p className="mt-3 text-muted">{text}</p>}
        </div>
        {children && <div className="mt-8">{children}</div>}
      </div>
    </div>
  );
}
