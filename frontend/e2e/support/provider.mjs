/**
 * Google and GitHub for tests: a real OpenID provider (oidc-provider), and GitHub's API in front of the same one.
 *
 *   node e2e/support/provider.mjs [port]      prints the settings that make identity use it, as NAME=value lines
 *
 * Whoever is sent here chooses on a page who they are, and how the provider is to misbehave: MODES below.
 */
import { createHash, createHmac, createPublicKey, generateKeyPairSync, sign as signature } from "node:crypto";
import { createServer } from "node:http";
import { interactionPolicy, Provider } from "oidc-provider";

const APPS = {
  google: { client_id: "google-app.example", client_secret: "google-secret-for-tests" },
  github: { client_id: "Iv1.github-app", client_secret: "github-secret-for-tests" },
};
const SITES = /^http:\/\/localhost(:\d+)?\/accounts\/(google|github)\/login\/callback\/$/;
const SECOND = 1000;

const server = createServer();
await new Promise((listening) => server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", listening));
const base = `http://127.0.0.1:${server.address().port}`;

/** Who can log in, as they were entered on the page: what is told of them, and the mode. */
const people = new Map();

const newKey = (kid) => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { kid, privateKey };
};
const publicJwk = ({ kid, privateKey }) => ({ ...createPublicKey(privateKey).export({ format: "jwk" }), kid, alg: "RS256", use: "sig" });
const key = newKey("first");
const published = [key];

const part = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const decode = (token) => token.split(".").slice(0, 2).map((each) => JSON.parse(Buffer.from(each, "base64url").toString()));
function sign(payload, { kid = key.kid, privateKey = key.privateKey, ...header } = {}) {
  const input = `${part({ alg: "RS256", typ: "JWT", kid, ...header })}.${part(payload)}`;
  return `${input}.${signature("sha256", Buffer.from(input), privateKey).toString("base64url")}`;
}
function signByHmac(payload, secret) {
  const input = `${part({ alg: "HS256", typ: "JWT", kid: key.kid })}.${part(payload)}`;
  return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
}
const without = (payload, name) => Object.fromEntries(Object.entries(payload).filter(([each]) => each !== name));
const now = () => Math.floor(Date.now() / SECOND);

/** Each makes another ID token of a good one's claims. */
const ID_TOKENS = {
  "wrong nonce": (claims) => sign({ ...claims, nonce: "of-another-attempt" }),
  "no nonce": (claims) => sign(without(claims, "nonce")),
  "wrong audience": (claims) => sign({ ...claims, aud: "another-app.example" }),
  "several audiences": (claims) => sign({ ...claims, aud: [claims.aud, "another-app.example"] }),
  "wrong party": (claims) => sign({ ...claims, azp: "another-app.example" }),
  "wrong issuer": (claims) => sign({ ...claims, iss: "https://accounts.evil.example" }),
  "no issuer": (claims) => sign(without(claims, "iss")),
  expired: (claims) => sign({ ...claims, iat: now() - 7200, exp: now() - 3600 }),
  "no expiry": (claims) => sign(without(claims, "exp")),
  "from tomorrow": (claims) => sign({ ...claims, iat: now() + 86_400, exp: now() + 90_000 }),
  unsigned: (claims) => `${part({ alg: "none", kid: key.kid })}.${part(claims)}.`,
  "hmac by the public key": (claims) => signByHmac(claims, createPublicKey(key.privateKey).export({ type: "spki", format: "pem" })),
  "hmac by the client secret": (claims) => signByHmac(claims, APPS.google.client_secret),
  "foreign key": (claims) => sign(claims, { privateKey: newKey().privateKey }),
  "key in the header": (claims) => {
    const own = newKey("own");
    return sign(claims, { ...own, jwk: publicJwk(own) });
  },
  "key at an address": (claims) => sign(claims, { ...newKey("elsewhere"), jku: `${base}/elsewhere` }),
  "changed after signing": (claims) => {
    const [header, , signed] = sign(claims).split(".");
    return `${header}.${part({ ...claims, sub: "someone-else" })}.${signed}`;
  },
  "no subject": (claims) => sign(without(claims, "sub")),
  "subject is a number": (claims) => sign({ ...claims, sub: 12345 }),
  "subject is empty": (claims) => sign({ ...claims, sub: "" }),
  "another access token": (claims) => sign({ ...claims, at_hash: createHash("sha256").update("another").digest().subarray(0, 16).toString("base64url") }),
  "no token at all": () => undefined,
  "not a token": () => "not.a.token",
  "address as text": (claims) => sign({ ...claims, email_verified: "true" }),
  // A good one: the key was changed a moment ago.
  "new key": (claims) => {
    const fresh = newKey(`key-${published.length}`);
    published.push(fresh);
    return sign(claims, fresh);
  },
};

/** Answers of the token endpoint in place of its own. */
const TOKEN_ANSWERS = {
  "token endpoint fails": (ctx) => answer(ctx, 500, "<h1>Internal Server Error</h1>", "text/html"),
  "token endpoint refuses": (ctx) => answer(ctx, 400, { error: "invalid_grant", error_description: "Bad Request" }),
  "token endpoint refuses the app": (ctx) => answer(ctx, 401, { error: "invalid_client" }),
  "token endpoint sends a page": (ctx) => answer(ctx, 200, "<h1>Welcome</h1>", "text/html"),
  "token endpoint sends a list": (ctx) => answer(ctx, 200, []),
  "token endpoint sends an odd error": (ctx) => answer(ctx, 200, { error: { code: [1] } }),
  "token endpoint redirects": (ctx) => {
    answer(ctx, 307, "");
    ctx.set("Location", `${base}/elsewhere`);
  },
  "token endpoint hangs": (ctx) => {
    ctx.respond = false;
  },
};

/** Answers of GitHub's API in place of its own. */
const API_ANSWERS = {
  "no id": { "/user": [200, { login: "octocat" }] },
  "id is text": { "/user": [200, { id: "1", login: "octocat" }] },
  "id is a flag": { "/user": [200, { id: true, login: "octocat" }] },
  "user is a list": { "/user": [200, []] },
  "user fails": { "/user": [500, {}] },
  "user refuses": { "/user": [401, { message: "Bad credentials" }] },
  "emails fail": { "/user/emails": [502, {}] },
  "emails withheld": { "/user/emails": [404, { message: "Not Found" }] },
  "emails are odd": { "/user/emails": [200, { email: "a@example.com" }] },
};
const MODES = ["", ...Object.keys(ID_TOKENS), ...Object.keys(TOKEN_ANSWERS), ...Object.keys(API_ANSWERS), "secondary address verified"];

function answer(ctx, status, body, type) {
  ctx.status = status;
  ctx.body = body;
  if (type) ctx.type = type;
}

const policy = interactionPolicy.base();
policy.remove("consent");
policy.add(new interactionPolicy.Prompt({ name: "select_account", requestable: true }), 0);

const provider = new Provider(base, {
  clients: Object.values(APPS).map((app) => ({ ...app, redirect_uris: ["http://localhost"], token_endpoint_auth_method: "client_secret_post" })),
  jwks: { keys: [{ ...key.privateKey.export({ format: "jwk" }), kid: key.kid, alg: "RS256", use: "sig" }] },
  pkce: { required: () => true },
  scopes: ["openid", "email", "profile", "user:email"],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "given_name", "family_name"] },
  conformIdTokenClaims: false,
  features: { devInteractions: { enabled: false } },
  interactions: { policy, url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  cookies: { keys: ["not a secret: for tests"] },
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id, ...people.get(id)?.claims }) }),
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope("openid email profile user:email");
    await grant.save();
    return grant;
  },
  ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 3600, Interaction: 600, Session: 600 },
});
provider.Client.prototype.redirectUriAllowed = function allowed(address) {
  return SITES.exec(address)?.[2] === Object.keys(APPS).find((name) => APPS[name].client_id === this.clientId);
};

const escape = (text) => String(text).replace(/[&<>"]/g, (each) => `&#${each.charCodeAt(0)};`);
const field = (label, name, more) => `<p><label for="${name}">${label}</label> <input id="${name}" name="${name}" ${more}></p>`;
const page = (uid, name) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escape(name)}</title><link rel="icon" href="data:,">
<h1>Log in to ${escape(name)}</h1><form method="post" action="/interaction/${escape(uid)}">
${field("Account", "sub", "required")}${field("Name", "name", "")}${field("E-mail", "email", "")}${field("Verified", "verified", 'type="checkbox" value="yes" checked')}
<p><label for="mode">Mode</label> <select id="mode" name="mode">${MODES.map((mode) => `<option>${escape(mode)}</option>`).join("")}</select></p>
<p><button name="choice" value="continue">Continue</button> <button name="choice" value="cancel" formnovalidate>Cancel</button></p></form></html>`;

async function form(ctx) {
  const parts = [];
  for await (const chunk of ctx.req) parts.push(chunk);
  return new URLSearchParams(Buffer.concat(parts).toString());
}

/** The page on which people say who they are. */
async function interact(ctx) {
  const { uid, params } = await provider.interactionDetails(ctx.req, ctx.res);
  if (ctx.method === "GET") return answer(ctx, 200, page(uid, params.client_id === APPS.github.client_id ? "GitHub" : "Google"), "text/html");
  const given = await form(ctx);
  ctx.respond = false;
  if (given.get("choice") === "cancel") return provider.interactionFinished(ctx.req, ctx.res, { error: "access_denied", error_description: "cancelled" });
  const [sub, name, email] = ["sub", "name", "email"].map((each) => given.get(each) ?? "");
  const [given_name, ...family] = name.split(" ");
  const claims = { name, given_name, family_name: family.join(" "), email, email_verified: given.get("verified") === "yes" };
  people.set(sub, { claims, mode: given.get("mode") ?? "" });
  return provider.interactionFinished(ctx.req, ctx.res, { login: { accountId: sub }, select_account: {} });
}

const whose = async (accessToken) => (await provider.AccessToken.find(accessToken ?? ""))?.accountId;

/** GitHub's API: /user and /user/emails. */
async function api(ctx) {
  const id = await whose(/^Bearer (.+)$/i.exec(ctx.get("Authorization"))?.[1]);
  const path = ctx.path.slice("/github/api".length);
  if (!id) return answer(ctx, 401, { message: "Bad credentials" });
  const { claims, mode } = people.get(id);
  const [status, body] = API_ANSWERS[mode]?.[path] ?? [200, undefined];
  if (body !== undefined) return answer(ctx, status, body);
  if (path === "/user") return answer(ctx, 200, { id: Number(id), login: `${claims.given_name}-hub`.toLowerCase(), name: claims.name, email: null });
  const primary = { email: claims.email, primary: true, verified: claims.email_verified, visibility: "private" };
  const second = { email: `second-${claims.email}`, primary: false, verified: mode === "secondary address verified", visibility: null };
  return answer(ctx, 200, [second, primary]);
}

/** GitHub says what it refuses with status 200, and its tokens know no OpenID. */
function likeGitHub(ctx) {
  if (ctx.status === 400) ctx.body = { error: ctx.body.error === "invalid_grant" ? "bad_verification_code" : ctx.body.error };
  else if (ctx.status === 401) ctx.body = { error: "incorrect_client_credentials" };
  else if (ctx.status === 200) ctx.body = { access_token: ctx.body.access_token, token_type: "bearer", scope: "user:email" };
  ctx.status = 200;
}

provider.use(async (ctx, next) => {
  if (ctx.path.startsWith("/interaction/")) return interact(ctx);
  if (ctx.path.startsWith("/github/api/")) return api(ctx);
  if (ctx.path === "/jwks") return answer(ctx, 200, { keys: published.map(publicJwk) });
  if (ctx.path === "/github/authorize") return ctx.redirect(`/auth${ctx.search}`);
  // Nobody stays logged in here: the page is shown each time.
  if (ctx.path === "/auth") ctx.req.headers.cookie = "";
  const isGitHub = ctx.path === "/github/token";
  if (isGitHub) ctx.path = "/token";
  await next();
  // GitHub doesn't name itself in its redirects.
  const target = ctx.response.get("Location") ?? "";
  if (target.includes("/accounts/github/")) ctx.set("Location", target.replace(/&iss=[^&]*/, ""));
  if (ctx.path !== "/token" || typeof ctx.body !== "object") return undefined;
  const mode = people.get(await whose(ctx.body.access_token))?.mode;
  if (isGitHub) likeGitHub(ctx);
  if (TOKEN_ANSWERS[mode]) return TOKEN_ANSWERS[mode](ctx);
  if (ctx.body.id_token && ID_TOKENS[mode]) ctx.body = { ...ctx.body, id_token: ID_TOKENS[mode](decode(ctx.body.id_token)[1]) };
  return undefined;
});

server.on("request", provider.callback());
// Not left behind by whoever started it.
const parent = process.ppid;
setInterval(() => process.ppid === parent || process.exit(), SECOND);

const settings = {
  GOOGLE_CLIENT_ID: APPS.google.client_id,
  GOOGLE_CLIENT_SECRET: APPS.google.client_secret,
  GOOGLE_ISSUER: base,
  GOOGLE_AUTHORIZE_URL: `${base}/auth`,
  GOOGLE_TOKEN_URL: `${base}/token`,
  GOOGLE_JWKS_URL: `${base}/jwks`,
  GITHUB_CLIENT_ID: APPS.github.client_id,
  GITHUB_CLIENT_SECRET: APPS.github.client_secret,
  GITHUB_AUTHORIZE_URL: `${base}/github/authorize`,
  GITHUB_TOKEN_URL: `${base}/github/token`,
  GITHUB_API_URL: `${base}/github/api`,
};
process.stdout.write(`${Object.entries(settings).map((each) => each.join("=")).join("\n")}\n\n`);
