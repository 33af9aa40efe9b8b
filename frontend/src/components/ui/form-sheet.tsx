"use client";

import { useEffect, useState, type ComponentProps, type ReactNode } from "react";
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

type SheetFormProps = ComponentProps<"form"> & {
  /** What the API said to all of it. */
  problem: string | null;
  busy: boolean;
  disabled?: boolean;
  cancel: string;
  save: string;
  onCancel: () => void;
};

/** A form that fills a sheet: its fields scroll, what can be done with it stays below. */
export function SheetForm({ problem, busy, disabled = false, cancel, save, onCancel, children, ...form }: SheetFormProps) {
  return (
    <form noValidate className="flex min-h-0 flex-1 flex-col" {...form}>
      <div className="min-h-0 flex-1 space-y-5 overflow-y-auto px-6 pt-4 pb-6">
        {children}
        <div role="alert" className="rounded-md bg-danger-soft px-4 py-3 text-sm empty:hidden">
          {problem}
        </div>
      </div>
      <div className="flex justify-end gap-2.5 border-t border-line px-6 py-4">
        <Button variant="secondary" onClick={onCancel} disabled={busy}>
          {cancel}
        </Button>
        <Button type="submit" busy={busy} disabled={disabled}>
          {save}
        </Button>
      </div>
    </form>
  );
}
