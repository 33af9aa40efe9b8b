import type { ReactNode } from "react";

type PanelProps = { id: string; title: string; text?: string; children?: ReactNode; action?: ReactNode };

/** One matter of the security or the account page: what it is, what holds now, what can be done. */
export function Panel({ id, title, text, children, action }: PanelProps) {
  return (
    <section id={id} aria-labelledby={`${id}-title`} className="panel scroll-mt-24 p-5 sm:p-6">
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-4">
        <div className="min-w-0 flex-1 basis-72">
          <h2 id={`${id}-title`} className="text-lg">
            {title}
          </h2>
          {text && <p className="measure mt-1 text-sm text-muted">{text}</p>}
        </div>
        {action}
      </div>
      {children}
    </section>
  );
}
