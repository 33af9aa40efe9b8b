// @vitest-environment node
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { download, Refused, type DownloadSettings } from "./download";
import { parseNetworks } from "./networks";
import { startNameServer, type NameServer } from "./testing/name-server";
import { redirect, send, startOrigin, type Origin } from "./testing/origin";

let origin: Origin;
let names: NameServer;
let open: DownloadSettings;
let closed: DownloadSettings;

beforeAll(async () => {
  origin = await startOrigin();
  names = await startNameServer({
    "a.images.test": ["127.0.0.1"],
    "six.images.test": ["::1"],
    "mixed.images.test": ["93.184.216.34", "127.0.0.1"],
    "mixed-six.images.test": ["93.184.216.34", "fd00::1"],
    "private.images.test": ["127.0.0.1", "10.0.0.1"],
    "mapped.images.test": ["::ffff:127.0.0.1"],
    "nowhere.images.test": [],
    "silent.images.test": null,
    localhost: ["127.0.0.1", "::1"],
  });
  closed = { ports: [origin.port], extraNetworks: [], nameservers: [names.address], ca: origin.ca };
  open = { ...closed, extraNetworks: parseNetworks("127.0.0.1/32") };
});
afterAll(async () => {
  names.close();
  await origin.close();
});
beforeEach(() => {
  origin.hits.length = 0;
  names.asked.length = 0;
});

const at = (path: string, host = "a.images.test") => `https://${host}:${origin.port}${path}`;
const reason = (url: string, settings: DownloadSettings) =>
  download(url, settings).then(
    () => "nothing was wrong",
    (error: unknown) => (error instanceof Refused ? error.message : `not a refusal: ${error}`),
  );

describe("a download", () => {
  it("brings the bytes, asking for the host's addresses once", async () => {
    origin.on("/ok.png", send("bytes"));
    expect((await download(at("/ok.png?size=2"), open)).toString()).toBe("bytes");
    expect(origin.hits).toEqual(["/ok.png?size=2"]);
    expect(names.asked.toSorted()).toEqual(["a.images.test ipv4", "a.images.test ipv6"]);
    expect((await download(at("/ok.png", "127.0.0.1"), open)).toString()).toBe("bytes");
  });

  it("tells the host nothing of who asks", async () => {
    let headers: string[] = [];
    origin.on("/headers.png", (request, response) => {
      headers = Object.keys(request.headers).toSorted();
      send("bytes")(request, response);
    });
    await download(at("/headers.png"), open);
    expect(headers).toEqual(["accept", "accept-encoding", "connection", "host", "user-agent"]);
  });

  it.each(["image/jpeg", "image/png; charset=binary", "IMAGE/WEBP", "image/avif", "image/gif"])("takes %s", async (type) => {
    origin.on("/typed", send("bytes", type));
    expect(await reason(at("/typed"), open)).toBe("nothing was wrong");
  });

  it.each(["text/html", "image/svg+xml", "application/octet-stream", ""])("doesn't take %s", async (type) => {
    origin.on("/typed", send("<svg/>", type));
    expect(await reason(at("/typed"), open)).toBe("not an image");
  });

  it("needs a certificate that is trusted and names the host", async () => {
    origin.on("/ok.png", send("bytes"));
    expect(await reason(at("/ok.png"), { ...open, ca: undefined })).toContain("network: ");
    expect(await reason(at("/ok.png", "localhost"), { ...open, extraNetworks: parseNetworks("127.0.0.1/32,::1/128") })).toBe("network: ERR_TLS_CERT_ALTNAME_INVALID");
    expect(origin.hits).toEqual([]);
  });

  it("needs an answer of 200", async () => {
    expect(await reason(at("/missing.png"), open)).toBe("status 404");
  });
});

describe("addresses that aren't public", () => {
  it.each([
    ...["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.2", "0.0.0.0", "10.0.0.1", "169.254.169.254", "100.64.0.1", "224.0.0.1"],
    ...["[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[fd00::1]", "[fe80::1]", "[2002:7f00:1::]"],
    ...["a.images.test", "A.IMAGES.TEST.", "six.images.test", "mixed.images.test", "mixed-six.images.test", "mapped.images.test", "localhost"],
  ])("aren't reached as %s", async (host) => {
    origin.on("/ok.png", send("bytes"));
    expect(await reason(at("/ok.png", host), closed)).toBe("not a public address");
    expect(origin.hits).toEqual([]);
  });

  it("aren't reached beside one that is allowed", async () => {
    expect(await reason(at("/ok.png", "private.images.test"), open)).toBe("not a public address");
  });

  it.each(["127.0.0.2", "[::1]", "six.images.test", "private.images.test"])("aren't reached by a redirect to %s", async (host) => {
    origin.on("/away", redirect(at("/ok.png", host)));
    expect(await reason(at("/away"), open)).toBe("not a public address");
    expect(origin.hits).toEqual(["/away"]);
  });
});

describe("an address", () => {
  it.each([
    ["http://a.images.test/ok.png", "not https"],
    ["ftp://a.images.test/ok.png", "not https"],
    ["file:///etc/passwd", "not https"],
    ["data:image/png;base64,AAAA", "not https"],
    ["https://ada:secret@a.images.test/ok.png", "credentials in the address"],
    ["https://ada@a.images.test/ok.png", "credentials in the address"],
    ["https://a.images.test/ok.png", "port"],
    ["https://a.images.test:22/ok.png", "port"],
    ["https://", "not an address"],
    ["ok.png", "not an address"],
  ])("like %s is refused, given or redirected to", async (url, expected) => {
    expect(await reason(url, open)).toBe(expected);
    if (!URL.canParse(url)) return;
    origin.on("/away", redirect(url));
    expect(await reason(at("/away"), open)).toBe(expected);
    expect(origin.hits).toEqual(["/away"]);
  });

  it("has port 443 unless it says another", async () => {
    expect(await reason("https://127.0.0.1/ok.png", { ...closed, ports: [443] })).toBe("not a public address");
  });

  it.each(["nowhere.images.test", "unknown.images.test"])("without a host is refused: %s", async (host) => {
    expect(await reason(at("/ok.png", host), open)).toBe("no such host");
  });
});

describe("redirects", () => {
  it("are followed three times", async () => {
    origin.on("/1", redirect("/2"));
    origin.on("/2", redirect(at("/3")));
    origin.on("/3", redirect("./4?q"));
    origin.on("/4", send("bytes"));
    expect((await download(at("/1"), open)).toString()).toBe("bytes");
    origin.on("/0", redirect("/1"));
    expect(await reason(at("/0"), open)).toBe("too many redirects");
  });

  it("in a circle end", async () => {
    origin.on("/ping", redirect("/pong"));
    origin.on("/pong", redirect("/ping"));
    expect(await reason(at("/ping"), open)).toBe("too many redirects");
    expect(origin.hits).toHaveLength(4);
  });
});

/** "ended", when it does so long before the time for the whole download is over. */
const soon = (end: Promise<unknown>) => Promise.race([end.then(() => "ended"), new Promise((resolve) => setTimeout(resolve, 4_000))]);

describe("bounds", () => {
  const small = () => ({ ...open, maxBytes: 1000 });

  it("of size hold for what is announced", async () => {
    origin.on("/large", (_request, response) => {
      response.writeHead(200, { "Content-Type": "image/png", "Content-Length": "1001" }).write("x");
    });
    expect(await reason(at("/large"), { ...small(), milliseconds: 20_000 })).toBe("too large");
  });

  it("of size hold for what comes unannounced", async () => {
    let ended: Promise<unknown> = Promise.reject(new Error("nobody asked"));
    ended.catch(() => undefined);
    origin.on("/endless", (_request, response) => {
      response.writeHead(200, { "Content-Type": "image/png" });
      const timer = setInterval(() => response.write(Buffer.alloc(400)), 5);
      ended = new Promise((resolve) => response.on("close", resolve)).then(() => clearInterval(timer));
    });
    expect(await reason(at("/endless"), { ...small(), milliseconds: 20_000 })).toBe("too large");
    expect(await soon(ended)).toBe("ended");
    origin.on("/full", send(Buffer.alloc(1000)));
    expect(await download(at("/full"), small())).toHaveLength(1000);
  });

  it("end what is no use at once: a refused body and that of a redirect aren't waited for", async () => {
    const closed: Promise<unknown>[] = [];
    for (const [path, type] of [["/page", "text/html"], ["/endless-away", "image/png"]] as const) {
      origin.on(path, (_request, response) => {
        closed.push(new Promise((resolve) => response.on("close", resolve)));
        response.writeHead(path === "/page" ? 200 : 302, { "Content-Type": type, Location: "/ok.png" }).write("x");
      });
      await reason(at(path), open);
    }
    expect(closed).toHaveLength(2);
    expect(await soon(Promise.all(closed))).toBe("ended");
  });

  it("aren't passed by an announcement that is too small", async () => {
    origin.on("/liar", (_request, response) => {
      response.socket?.end(`HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 10\r\n\r\n${"x".repeat(5_000)}`);
    });
    expect(await download(at("/liar"), small())).toHaveLength(10);
  });

  it("notice a body that ends too early", async () => {
    origin.on("/short", (_request, response) => {
      response.writeHead(200, { "Content-Type": "image/png", "Content-Length": "500" });
      response.write("x", () => response.destroy());
    });
    expect(await reason(at("/short"), small())).toBe("network: ECONNRESET");
  });

  it("of time hold for a host that says nothing, one that drips, one that redirects slowly and one that shakes no hand", async () => {
    const hurried = { ...open, milliseconds: 400 };
    origin.on("/silent", () => undefined);
    origin.on("/drip", (_request, response) => {
      response.writeHead(200, { "Content-Type": "image/png" });
      const timer = setInterval(() => response.write("x"), 30);
      response.on("close", () => clearInterval(timer));
    });
    origin.on("/slow-1", (_request, response) => void setTimeout(() => redirect("/slow-2")(_request, response), 250));
    origin.on("/slow-2", (_request, response) => void setTimeout(() => send("bytes")(_request, response), 250));
    const mute = createServer();
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    const { port } = mute.address() as AddressInfo;
    const started = performance.now();
    const paths = ["/silent", "/drip", "/slow-1"].map((path) => reason(at(path), hurried));
    const reasons = await Promise.all([...paths, reason(`https://127.0.0.1:${port}/`, { ...hurried, ports: [port] }), reason(at("/", "silent.images.test"), hurried)]);
    expect(reasons).toEqual(Array(5).fill("too slow"));
    expect(performance.now() - started).toBeLessThan(3_500);
    mute.close();
  });
});
