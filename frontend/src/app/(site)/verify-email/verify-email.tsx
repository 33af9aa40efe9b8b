"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { LinkPage } from "@/components/LinkPage";
import { Button, buttonStyle } from "@/components/ui/button";
import { Failure } from "@/components/ui/failure";
import { Skeleton } from "@/components/ui/skeleton";
import { api } from "@/lib/api/client";
import { ApiError, unwrap } from "@/lib/api/errors";
import { useAuth } from "@/lib/auth/context";
import { keys } from "@/lib/query-keys";
import { useLink } from "@/lib/use-link";
import { useLinkToken } from "@/lib/use-link-token";
import { useResend } from "@/lib/use-resend";
import { verifyEmail as text } from "@/messages";

export function VerifyEmail() {
  const token = useLinkToken();
  const queries = useQueryClient();
  const auth = useAuth();
  const member = auth.status === "member";
  const link = useLink("verify", token, async (value) => {
    await unwrap(api.POST("/api/auth/email/verify/", { body: { token: value } }));
    await queries.invalidateQueries({ queryKey: keys.profile });
  });
  const refused = token === null || (link.error instanceof ApiError && link.error.status === 400);
  // A link that was used before has done what it was for.
  const profile = useQuery({ queryKey: keys.profile, queryFn: () => unwrap(api.GET("/api/auth/profile/")), enabled: member && refused });

  if (link.data || (refused && profile.data?.email_verified)) {
    return (
      <LinkPage title={text.done} text={text.doneText}>
        <Link href={member ? "/dashboard" : "/login"} className={buttonStyle("primary")}>
          {text.continue}
        </Link>
      </LinkPage>
    );
  }
  if (refused) {
    return (
      <LinkPage title={token ? text.invalid : text.missing} text={token ? text.invalidText : text.missingText}>
        {member ? (
          <SendAgain />
        ) : (
          <Link href="/login?next=/verify-email" className={buttonStyle("primary")}>
            {text.logIn}
          </Link>
        )}
      </LinkPage>
    );
  }
  if (link.error) return <Refusal error={link.error} onRetry={() => link.refetch()} />;
  return (
    <LinkPage title={text.working}>
      <Skeleton blocks={["h-11 w-40"]} />
    </LinkPage>
  );
}

function Refusal({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <LinkPage title={text.title}>
      <Failure compact error={error} onRetry={onRetry} />
    </LinkPage>
  );
}

function SendAgain() {
  const { send, busy, sent, problem } = useResend();
  return (
    <>
      {!sent && (
        <Button busy={busy} onClick={send}>
          {text.again}
        </Button>
      )}
      <p role="status" className="text-sm font-medium text-accent empty:hidden">
        {sent && text.sentShort}
      </p>
      <p role="alert" className="mt-4 text-sm text-danger empty:hidden">
        {problem}
      </p>
    </>
  );
}
