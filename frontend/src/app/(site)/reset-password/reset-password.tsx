"use client";

import { useState } from "react";
import { LinkPage } from "@/components/LinkPage";
import { Skeleton } from "@/components/ui/skeleton";
import { useLinkToken } from "@/lib/use-link-token";
import { resetPassword as text } from "@/messages";
import { NewPassword } from "./new-password";
import { RequestLink } from "./request-link";

/** With a link's token a new password is set; without one, a link is asked for. */
export function ResetPassword() {
  const token = useLinkToken();
  const [refused, setRefused] = useState<string | null>(null);

  if (token === undefined) {
    return (
      <LinkPage title={text.newTitle}>
        <Skeleton className="space-y-5" blocks={["h-11 w-full", "h-11 w-full"]} />
      </LinkPage>
    );
  }
  if (token === null) return <RequestLink title={text.title} lead={text.lead} />;
  if (refused === token) return <RequestLink title={text.invalid} lead={text.invalidText} />;
  return <NewPassword key={token} token={token} onRefused={() => setRefused(token)} />;
}
