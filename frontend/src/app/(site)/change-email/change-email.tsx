"use client";

import { useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { LinkPage } from "@/components/LinkPage";
import { buttonStyle } from "@/components/ui/button";
import { Failure } from "@/components/ui/failure";
import { Skeleton } from "@/components/ui/skeleton";
import { api } from "@/lib/api/client";
import { ApiError, unwrap } from "@/lib/api/errors";
import { useAuth } from "@/lib/auth/context";
import { keys } from "@/lib/query-keys";
import { useLink } from "@/lib/use-link";
import { useLinkToken } from "@/lib/use-link-token";
import { changeEmail as text } from "@/messages";

export function ChangeEmail() {
  const token = useLinkToken();
  const queries = useQueryClient();
  const member = useAuth().status === "member";
  const link = useLink("change", token, async (value) => {
    await unwrap(api.POST("/api/auth/email/change/confirm/", { body: { token: value } }));
    await queries.invalidateQueries({ queryKey: keys.profile });
  });
  const again = (
    <Link href="/profile/account" className={buttonStyle("primary")}>
      {text.again}
    </Link>
  );

  if (token === null) return <LinkPage title={text.missing} text={text.missingText} />;
  if (link.data) {
    return (
      <LinkPage title={text.done} text={text.doneText}>
        <Link href={member ? "/profile/account" : "/login"} className={buttonStyle("primary")}>
          {text.continue}
        </Link>
      </LinkPage>
    );
  }
  if (link.error instanceof ApiError && link.error.code === "email_taken") {
    return (
      <LinkPage title={text.taken} text={text.takenText}>
        {again}
      </LinkPage>
    );
  }
  if (link.error instanceof ApiError && link.error.status === 400) {
    return (
      <LinkPage title={text.invalid} text={text.invalidText}>
        {again}
      </LinkPage>
    );
  }
  if (link.error) {
    return (
      <LinkPage title={text.title}>
        <Failure compact error={link.error} onRetry={() => link.refetch()} />
      </LinkPage>
    );
  }
  return (
    <LinkPage title={text.working}>
      <Skeleton blocks={["h-11 w-40"]} />
    </LinkPage>
  );
}
