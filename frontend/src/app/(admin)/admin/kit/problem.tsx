"use client";

import Link from "next/link";
import { buttonStyle } from "@/components/ui/button";
import { Failure } from "@/components/ui/failure";
import { ApiError } from "@/lib/api/errors";
import { admin as text } from "@/messages/admin";

/** The answer that isn't something that failed, if one is: who asks may not, whatever is asked. */
export const refusalOf = (answers: { error: unknown }[]) => answers.find(({ error }) => error instanceof ApiError && (error.status === 401 || error.status === 403))?.error;

type ProblemProps = { error: unknown; onRetry?: () => void; compact?: boolean };

/** What went wrong; who lacks the second factor that admins must have is led to where it is set up. */
export function Problem({ error, onRetry, compact }: ProblemProps) {
  if (!(error instanceof ApiError && error.code === "second_factor_required")) return <Failure error={error} known={text.problems} onRetry={onRetry} compact={compact} />;
  return (
    <div role="alert" className="panel mx-auto max-w-xl p-8 text-center">
      <h2 className="mb-2 text-lg">{text.secondFactorTitle}</h2>
      <p className="text-muted">{text.secondFactorText}</p>
      <Link href="/profile/security" className={buttonStyle("primary", "md", "mt-5")}>
        {text.secondFactorAction}
      </Link>
    </div>
  );
}
