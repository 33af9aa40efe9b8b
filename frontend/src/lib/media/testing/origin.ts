import { execFileSync } from "node:child_process";
import { createServer } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export type Origin = { port: number; ca: string; hits: string[]; on: (path: string, handler: Handler) => void; close: () => Promise<void> };

/** A picture host on 127.0.0.1, also known as *.images.test, with a certificate of its own making. */
export async function startOrigin(): Promise<Origin> {
  const pem = execFileSync(
    "openssl",
    ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "-", "-days", "2", "-subj", "/CN=images.test", "-addext", "subjectAltName=DNS:*.images.test,IP:127.0.0.1"],
    { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
  );
  const handlers = new Map<string, Handler>();
  const hits: string[] = [];
  const server = createServer({ key: pem, cert: pem }, (request, response) => {
    hits.push(request.url ?? "");
    const handler = handlers.get((request.url ?? "").split("?")[0] ?? "");
    if (handler) handler(request, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    ca: pem,
    hits,
    on: (path, handler) => handlers.set(path, handler),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

export const send = (body: Buffer | string, type = "image/png", headers: Record<string, string> = {}): Handler => (_request, response) => {
  response.writeHead(200, { "Content-Type": type, ...headers }).end(body);
};

export const redirect = (location: string): Handler => (_request, response) => {
  response.writeHead(302, { Location: location }).end();
};
