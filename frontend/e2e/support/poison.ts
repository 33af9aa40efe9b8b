import { connect } from "amqplib";
import { expect } from "@playwright/test";
import { Client } from "pg";
import { servers } from "./operators";

const REFUSAL = "no_ink";
const RETRIES = 4;

/** Lets no revenue of a session be entered, as a fault in the projection would: its events can't be handled any more. Answers with the mend. */
export async function poison(session: string): Promise<() => Promise<void>> {
  if (!/^[0-9a-f-]{36}$/.test(session)) throw new TypeError(`no id: ${session}`);
  await sql(`ALTER TABLE booking.revenue_ledger ADD CONSTRAINT ${REFUSAL} CHECK (session_id <> '${session}') NOT VALID`);
  return () => sql(`ALTER TABLE booking.revenue_ledger DROP CONSTRAINT ${REFUSAL}`);
}

async function sql(statement: string): Promise<void> {
  const client = new Client({ connectionString: (await servers()).postgres });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Lets a failed event that waits for its third attempt have its last one now, instead of in two and a half minutes. */
export async function hurry(about: string): Promise<void> {
  const connection = await connect((await servers()).rabbitmq);
  try {
    const channel = await connection.createConfirmChannel();
    await expect
      .poll(
        async () => {
          const message = await channel.get("booking.retry.2");
          if (!message) return false;
          const { messageId, type, contentType, headers } = message.properties;
          const isIt = message.content.includes(about);
          const sent = isIt ? { ...headers, "x-attempt": RETRIES } : headers;
          channel.sendToQueue("booking.events", message.content, { messageId, type, contentType, headers: sent, persistent: true });
          await channel.waitForConfirms();
          channel.ack(message);
          return isIt;
        },
        { message: "the event waits for another attempt", intervals: [100], timeout: 60_000 },
      )
      .toBe(true);
  } finally {
    await connection.close();
  }
}
