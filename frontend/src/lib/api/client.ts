import createClient from "openapi-fetch";
import { authorizedFetch } from "../auth/session";
import type { paths } from "./schema";

/** The browser's client: same origin, bearer token, one silent refresh where the token has run out. */
export const api = createClient<paths>({
  baseUrl: typeof window === "undefined" ? "http://localhost" : window.location.origin,
  // What is read again is read because it may have changed: no copy of the browser's will do.
  cache: "no-store",
  fetch: authorizedFetch,
});
