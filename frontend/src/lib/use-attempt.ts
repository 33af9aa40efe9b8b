import { useRef } from "react";
import { isTemporary } from "@/lib/api/errors";
import { randomKey } from "@/lib/random-key";

/**
 * Sends a request under an Idempotency-Key. A repeat of what may have been done keeps its key; another request (a reason
 * that was edited), or one after a refusal, is another attempt: the first answer would come back for ever.
 */
export function useAttempt() {
  const last = useRef({ sent: "", key: "" });
  return async <Body, Answer>(body: Body, send: (body: Body, idempotencyKey: string) => Promise<Answer>): Promise<Answer> => {
    const sent = JSON.stringify(body);
    if (sent !== last.current.sent) last.current = { sent, key: randomKey() };
    try {
      return await send(body, last.current.key);
    } catch (error) {
      if (!isTemporary(error)) last.current.sent = "";
      throw error;
    }
  };
}
