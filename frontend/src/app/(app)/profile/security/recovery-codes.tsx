"use client";

import { Copy, Download } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { notify } from "@/lib/toast";
import { factors } from "@/messages/factors";

const text = factors.recovery;

/** Codes that are shown once: closed only by who says that they have kept them. */
export function RecoveryCodes({ codes, onClose }: { codes: string[]; onClose: () => void }) {
  const copy = async () => {
    await navigator.clipboard.writeText(codes.join("\n"));
    void notify(text.copied);
  };
  const download = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([`${text.fileHeading}\n\n${codes.join("\n")}\n`], { type: "text/plain" }));
    link.download = text.file;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href));
  };
  return (
    <Dialog open onOpenChange={() => undefined} locked title={text.shownTitle} description={text.shownText}>
      <ul aria-label={text.shownTitle} className="figures grid grid-cols-1 gap-x-6 gap-y-2 rounded-lg bg-sunken p-4 text-center font-medium tracking-wide min-[24rem]:grid-cols-2">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="mt-5 flex flex-wrap justify-between gap-2.5">
        <div className="flex flex-wrap gap-2.5">
          {/* Only secure pages have a clipboard. */}
          {typeof navigator !== "undefined" && "clipboard" in navigator && (
            <Button variant="secondary" onClick={copy}>
              <Copy aria-hidden="true" className="size-4" />
              {text.copy}
            </Button>
          )}
          <Button variant="secondary" onClick={download}>
            <Download aria-hidden="true" className="size-4" />
            {text.download}
          </Button>
        </div>
        <Button onClick={onClose}>{text.saved}</Button>
      </div>
    </Dialog>
  );
}
