"use client";

import { createContext, use, useEffect, useState, type ReactNode } from "react";
import { useLocation } from "react-router";
import { X } from "lucide-react";
import { Button } from "@/components/ui/button";
import { explain } from "@/components/ui/failure";
import { isTemporary } from "@/lib/api/errors";
import { admin as text } from "@/messages/admin";

export type Notice = {
  text: string;
  /** Answers what is to be said, where that is more than that it is undone. */
  undo?: () => Promise<unknown>;
};

const NoticeContext = createContext<(notice: Notice | null) => void>(() => undefined);

/** Says what was done, above the page, and offers its opposite where there is one. */
export const useNotice = () => use(NoticeContext);

export function NoticeProvider({ children }: { children: ReactNode }) {
  const [notice, setNotice] = useState<Notice | null>(null);
  const [busy, setBusy] = useState(false);
  const { pathname } = useLocation();
  const [shownAt, setShownAt] = useState(pathname);
  const [place, setPlace] = useState(pathname);
  if (place !== pathname) {
    // It belongs to the page where it was said, and what it undoes may be another thing when somebody comes back.
    setPlace(pathname);
    if (shownAt !== pathname) setNotice(null);
  }
  useEffect(() => {
    if (notice) window.scrollTo({ top: 0 });
  }, [notice]);

  const show = (next: Notice | null) => {
    setNotice(next);
    setShownAt(window.location.pathname);
  };
  // Its buttons leave with it, but don't take the focus along.
  const leave = (next: Notice | null) => {
    show(next);
    document.querySelector("h1")?.focus({ preventScroll: true });
  };
  const undo = async (work: () => Promise<unknown>) => {
    setBusy(true);
    try {
      const said = await work();
      leave({ text: typeof said === "string" ? said : text.undone });
    } catch (error) {
      leave({ text: explain(error, text.problems), undo: isTemporary(error) ? work : undefined });
    } finally {
      setBusy(false);
    }
  };
  const current = shownAt === pathname ? notice : null;
  return (
    <NoticeContext value={show}>
      <div role="status">
        {current && (
          <div className="mb-6 flex flex-wrap items-center gap-x-4 gap-y-2 rounded-md bg-accent-soft py-2 pr-2 pl-4 text-sm">
            <p className="mr-auto py-1.5 font-medium">{current.text}</p>
            {current.undo && (
              <Button variant="secondary" size="sm" busy={busy} onClick={() => undo(current.undo!)}>
                {text.undo}
              </Button>
            )}
            <button type="button" aria-label={text.dismiss} onClick={() => leave(null)} className="grid size-9 place-items-center rounded-md text-muted hover:text-ink pointer-coarse:size-11">
              <X aria-hidden="true" className="size-4" />
            </button>
          </div>
        )}
      </div>
      {children}
    </NoticeContext>
  );
}
