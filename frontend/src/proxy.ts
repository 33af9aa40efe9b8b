import { NextResponse, type NextRequest } from "next/server";

/**
 * Content-Security-Policy. The gateway hands its nonce in by the request's Content-Security-Policy header and answers
 * with the policy itself; without a gateway (development, trying the build) the policy is made here.
 * In development, or with API_PROXY=true, /api is passed on to API_URL: a browser meets one origin, as behind the gateway.
 */
export function proxy(request: NextRequest): NextResponse {
  const { pathname, search } = request.nextUrl;
  const development = process.env.NODE_ENV === "development";
  if (pathname.startsWith("/api/")) {
    if (!development && process.env.API_PROXY !== "true") return new NextResponse(null, { status: 404 });
    return NextResponse.rewrite(new URL(`${pathname}${search}`, process.env.API_URL ?? "http://localhost:8000"));
  }
  if (request.headers.has("content-security-policy")) return NextResponse.next();

  const nonce = crypto.randomUUID().replaceAll("-", "");
  const policy = contentSecurityPolicy(nonce, development);
  const headers = new Headers(request.headers);
  headers.set("content-security-policy", policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("content-security-policy", policy);
  return response;
}

function contentSecurityPolicy(nonce: string, development: boolean): string {
  return [
    "default-src 'self'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'${development ? " 'unsafe-eval'" : ""}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

export const config = { matcher: ["/((?!_next/static|_health|favicon.ico|icon.svg|apple-icon.png|media/).*)"] };
