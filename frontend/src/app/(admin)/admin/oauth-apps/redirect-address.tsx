"use client";

import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { apps as text } from "@/messages/admin-apps";

export function RedirectAddress({ address, name }: { address: string; name: string }) {
  const [copied, setCopied] = useState(false);
  const Icon = copied ? Check : Copy;
  return (
    <>
      <span className="block">{address}</span>
      <span className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1 font-normal text-muted">
        {text.redirectHint}
        {/* Only secure pages have a clipboard. */}
        {"clipboard" in navigator && (
          <Button size="sm" variant="secondary" aria-label={text.copyOf(name)} onClick={() => void navigator.clipboard.writeText(address).then(() => setCopied(true))}>
            <Icon aria-hidden="true" className="size-4" />
            {text.copy}
          </Button>
        )}
        <span role="status">{copied && text.copied}</span>
      </span>
    </>
  );
}
