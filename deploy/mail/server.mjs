// The mail catcher of development: takes every mail, keeps the latest in memory, shows them in a browser. Nothing is ever
// sent on: relaying isn't set up here, and no setting does so.
import { createAPIServer } from "@maildev/api";
import { MemoryStorage } from "@maildev/core";
import { createSMTPServer } from "@maildev/smtp";
import { registerUI } from "@maildev/ui/server";

const host = process.env.HOST ?? "127.0.0.1";
const keep = 500;
const largest = 1024 * 1024;

const storage = new MemoryStorage({ maxEmails: keep });
await storage.initialize();
const smtp = createSMTPServer({
  port: Number(process.env.SMTP_PORT ?? 1025),
  host,
  storage,
  mailDir: process.env.MAIL_FOLDER ?? "mails",
  maxMessageSize: largest,
  logger: false,
});
const web = createAPIServer({ port: Number(process.env.WEB_PORT ?? 1080), host, storage, smtp, cors: { origin: false, credentials: false } });

// Mails hold links that log people in: pages of other sites that are open in the same browser don't read them, nor
// under a name of theirs that points here.
const here = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;
const foreign = ({ host: name = "", origin }) => !here.test(name) || (origin !== undefined && origin !== `http://${name}`);
web.server.addHook("onRequest", async ({ headers }, reply) => {
  if (foreign(headers)) return reply.code(403).send({ error: "Only for pages of this address" });
});
web.server.server.prependListener("upgrade", ({ headers }, socket) => {
  if (foreign(headers)) socket.destroy();
});

await smtp.start();
await smtp.pruneMailDir(keep);
await web.registerPlugins();
await registerUI(web.server, { basePath: "" });
await web.listen();

for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, async () => {
    await web.stop();
    await smtp.stop();
    process.exit(0);
  });
}
