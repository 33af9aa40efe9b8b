import type { MetadataRoute } from "next";
import { siteUrl } from "@/lib/site-url";

export const dynamic = "force-dynamic";

export default function robots(): MetadataRoute.Robots {
  return {
    rules: { userAgent: "*", allow: "/", disallow: ["/api/", "/dashboard", "/creator-dashboard", "/profile", "/login", "/auth/"] },
    sitemap: new URL("/sitemap.xml", siteUrl()).href,
  };
}
