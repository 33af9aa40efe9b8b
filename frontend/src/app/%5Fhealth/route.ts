/** For whoever watches over this process: it answers. The API isn't asked. */
export function GET(): Response {
  return Response.json({ status: "ok" }, { headers: { "Cache-Control": "no-store" } });
}
