/** The mail catcher of the system under test: `make browser` says where its inbox is. */

const MAIL_URL = (process.env.MAIL_URL ?? "http://localhost:1080").replace(/\/$/, "");
const EVERY_MS = 200;
const WITHIN_MS = 60_000;

export type Mail = { id: string; subject: string; text: string; html: string; to: { address: string }[] };

async function inbox(): Promise<Mail[]> {
  const response = await fetch(`${MAIL_URL}/api/email`);
  if (!response.ok) throw new Error(`inbox: ${response.status}`);
  return (await response.json()) as Mail[];
}

/** The mail of this subject to an address, when it has come; the latest, where `after` others had come before. */
export async function mailTo(address: string, subject: string, after = 0): Promise<Mail> {
  const end = Date.now() + WITHIN_MS;
  for (;;) {
    const found = (await inbox()).filter((mail) => mail.subject === subject && mail.to.some((to) => to.address === address));
    const latest = found.at(-1);
    if (latest && found.length > after) return latest;
    if (Date.now() > end) throw new Error(`no mail “${subject}” came to ${address}`);
    await new Promise((done) => setTimeout(done, EVERY_MS));
  }
}

/** The path that a mail's link opens, on whatever host the site is known by. */
export function linkIn({ text }: Pick<Mail, "text">): string {
  const found = /https?:\/\/[^/\s]+(\/\S+#token=\S+)/.exec(text);
  if (!found?.[1]) throw new Error(`no link in: ${text}`);
  return found[1];
}
