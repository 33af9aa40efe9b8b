import createClient from "openapi-fetch";
import { authorizedFetch } from "../auth/session";
import type { paths } from "./schema";

/** The browser's client: same origin, bearer token, one silent refresh where the token has run out. */
export const api = createClient<paths>({
  baseUrl: typeof window === "undefined" ? "http://localhost" : window.location.origin,
  fetch: authorizedFetch,
});
