"use client";

import { X } from "lucide-react";
import { Dialog as Base } from "radix-ui";
import { useState, type ReactNode } from "react";
import { site } from "@/messages";

type DialogProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: ReactNode;
  children: ReactNode;
  /** `sheet` comes from the side; on a phone both fill from the bottom. */
  kind?: "dialog" | "sheet";
  /** Where closing would lose something that is under way. */
  locked?: boolean;
  /** The children pad and scroll themselves, so that their buttons can stay below. */
  flush?: boolean;
};

const CONTENT = "fixed z-50 flex max-h-[92dvh] flex-col border border-line bg-surface shadow-lift focus:outline-none inset-x-0 bottom-0 rounded-t-xl animate-rise";
const KINDS = {
  dialog: "sm:inset-auto sm:top-1/2 sm:left-1/2 sm:w-[min(30rem,calc(100vw-2rem))] sm:-translate-x-1/2 sm:-translate-y-1/2 sm:rounded-xl",
  sheet: "sm:inset-y-0 sm:right-0 sm:left-auto sm:max-h-none sm:w-[min(34rem,100vw)] sm:rounded-none sm:rounded-l-xl sm:animate-slide-in",
};

export function Dialog({ open, onOpenChange, title, description, children, kind = "dialog", locked = false, flush = false }: DialogProps) {
  // There is no trigger that Radix knows of: the focus goes back to where it came from, or to the heading where that is gone.
  const [opener] = useState(() => document.activeElement);
  return (
    <Base.Root open={open} onOpenChange={(next) => (locked ? undefined : onOpenChange(next))}>
      <Base.Portal>
        <Base.Overlay className="animate-appear fixed inset-0 z-50 bg-overlay" />
        <Base.Content
          className={`${CONTENT} ${KINDS[kind]}`}
          onEscapeKeyDown={(event) => {
            // An open list of choices takes the Escape for itself.
            if (document.activeElement?.matches("[role=combobox][aria-expanded=true]")) event.preventDefault();
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            const place = opener?.isConnected ? opener : document.querySelector("h1");
            if (place instanceof HTMLElement) place.focus({ preventScroll: true });
          }}
          {...(description ? {} : { "aria-describedby": undefined })}
        >
          <div className="flex items-start justify-between gap-4 px-6 pt-5">
            <div>
              <Base.Title className="text-lg">{title}</Base.Title>
              {description && (
                <Base.Description asChild>
                  <div className="mt-1 text-sm text-muted">{description}</div>
                </Base.Description>
              )}
            </div>
            <Base.Close disabled={locked} aria-label={site.close} className="-mr-2 grid size-11 shrink-0 place-items-center rounded-md text-muted hover:bg-sunken hover:text-ink">
              <X aria-hidden="true" className="size-5" />
            </Base.Close>
          </div>
          <div className={flush ? "flex min-h-0 flex-1 flex-col" : "min-h-0 flex-1 overflow-y-auto px-6 pt-4 pb-6"}>{children}</div>
        </Base.Content>
      </Base.Portal>
    </Base.Root>
  );
}
