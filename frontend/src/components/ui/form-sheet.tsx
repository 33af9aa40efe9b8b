"use client";

import { useEffect, useState, type ReactNode } from "react";
import { formSheet as text } from "@/messages/form-sheet";
import { Button } from "./button";
import { Dialog } from "./dialog";

type FormSheetProps = {
  title: string;
  lead?: string;
  /** Something was typed that would be lost. */
  dirty: boolean;
  busy: boolean;
  onClose: () => void;
  /** The form; `close` is what its own way out calls. */
  children: (close: () => void) => ReactNode;
};

/** A form from the side. Closing asks first where something would be lost. */
export function FormSheet({ title, lead, dirty, busy, onClose, children }: FormSheetProps) {
  const [asking, setAsking] = useState(false);
  const close = () => (dirty ? setAsking(true) : onClose());
  useEffect(() => {
    if (!dirty) return;
    const hold = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", hold);
    return () => window.removeEventListener("beforeunload", hold);
  }, [dirty]);
  return (
    <>
      <Dialog open kind="sheet" flush locked={busy} onOpenChange={(open) => !open && close()} title={title} description={lead}>
        {children(close)}
      </Dialog>
      {asking && (
        <Dialog open onOpenChange={setAsking} title={text.title} description={text.text}>
          <div className="flex flex-wrap justify-end gap-2.5">
            <Button variant="secondary" onClick={() => setAsking(false)}>
              {text.stay}
            </Button>
            <Button variant="danger" onClick={onClose}>
              {text.leave}
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}
