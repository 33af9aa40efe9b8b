import type { Metadata, Viewport } from "next";
import localFont from "next/font/local";
import { headers } from "next/headers";
import type { ReactNode } from "react";
import { Footer } from "@/components/Footer";
import { Navbar } from "@/components/Navbar";
import { OfflineBanner } from "@/components/OfflineBanner";
import { Providers } from "@/components/Providers";
import { siteUrl } from "@/lib/site-url";
import { site } from "@/messages";
import "./globals.css";

const geist = localFont({ src: "../fonts/geist-latin-wght-normal.woff2", variable: "--font-geist", weight: "100 900", display: "swap" });

export const metadata: Metadata = {
  metadataBase: siteUrl(),
  title: { default: site.name, template: `%s · ${site.name}` },
  description: site.description,
  openGraph: { siteName: site.name, type: "website", title: site.name, description: site.description },
  twitter: { card: "summary_large_image" },
};

export const viewport: Viewport = {
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#faf8f3" },
    { media: "(prefers-color-scheme: dark)", color: "#0d131d" },
  ],
};

const BEFORE_PAINT = `document.documentElement.dataset.signedIn=/(?:^|; )signed_in=1/.test(document.cookie)`;

export default async function RootLayout({ children }: { children: ReactNode }) {
  // Reading a header makes every page rendered per request: each carries its own nonce.
  const nonce = /'nonce-([^']+)'/.exec((await headers()).get("content-security-policy") ?? "")?.[1];
  return (
    <html lang="en" className={geist.variable} suppressHydrationWarning>
      <head>
        {/* The browser hides a nonce from scripts, so hydration sees another value than the one in the page. */}
        <script nonce={nonce} suppressHydrationWarning dangerouslySetInnerHTML={{ __html: BEFORE_PAINT }} />
      </head>
      <body className="flex min-h-dvh flex-col">
        <a href="#content" className="sr-only z-50 rounded-md bg-accent px-4 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-3 focus:left-3">
          {site.skip}
        </a>
        <Providers>
          <Navbar />
          <OfflineBanner />
          <main id="content" tabIndex={-1} className="min-h-[calc(100dvh-4rem)] flex-1 focus:outline-none">
            {children}
          </main>
        </Providers>
        <Footer />
      </body>
    </html>
  );
}
