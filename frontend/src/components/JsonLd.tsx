import { jsonForScript } from "@/lib/structured-data";

/** Data, not code: a Content-Security-Policy doesn't count it as a script, and it needs no nonce. */
export function JsonLd({ data }: { data: unknown }) {
  return <script type="application/ld+json" dangerouslySetInnerHTML={{ __html: jsonForScript(data) }} />;
}
