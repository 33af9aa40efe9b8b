"use client";

import { useMutation } from "@tanstack/react-query";
import { explain } from "@/components/ui/failure";
import { verifyEmail as text } from "@/messages";
import { api } from "./api/client";
import { ApiError, unwrap } from "./api/errors";

/** Has the link that confirms the own address mailed again; `problem` is for people. */
export function useResend() {
  const { mutate, isPending, isSuccess, error } = useMutation({ mutationFn: () => unwrap(api.POST("/api/auth/email/resend/")) });
  const tooMany = error instanceof ApiError && error.status === 429 ? text.tooMany(error.retryAfter) : null;
  return { send: () => mutate(), busy: isPending, sent: isSuccess, problem: error ? (tooMany ?? explain(error)) : null };
}
