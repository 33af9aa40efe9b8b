import type { NextConfig } from "next";

const securityHeaders = [
  { key: "X-Content-Type-Options", value: "nosniff" },
  { key: "X-Frame-Options", value: "DENY" },
  { key: "Referrer-Policy", value: "strict-origin-when-cross-origin" },
  { key: "Permissions-Policy", value: "camera=(), geolocation=(), microphone=(), payment=(), usb=()" },
  { key: "Cross-Origin-Opener-Policy", value: "same-origin" },
];

// For the gateway, as with the catalogue's answers: pages hold public data only. Browsers are told another thing there.
const PAGE_CACHING = "public, max-age=1, stale-while-revalidate=2, stale-if-error=600";

const config: NextConfig = {
  output: "standalone",
  outputFileTracingRoot: import.meta.dirname,
  turbopack: { root: import.meta.dirname },
  poweredByHeader: false,
  // The gateway compresses; here it would hold back the events of a stream.
  compress: false,
  // The API knows every path with and without its last slash; a redirect would lose a POST's body.
  skipTrailingSlashRedirect: true,
  // Preload hints as a Link header would carry one page's nonce into a cache's answer to another reader.
  reactMaxHeadersLength: 0,
  // Covers come drawn or from our own media route, already in their size.
  images: { unoptimized: true },
  headers: async () => [
    { source: "/:path*", headers: securityHeaders },
    { source: "/((?!_next/|media/|api/).*)", headers: [{ key: "Cache-Control", value: PAGE_CACHING }] },
  ],
};

export default config;
