import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import { refresh } from "@/lib/auth/session";
import { keys } from "@/lib/query-keys";

/** What second factors there are, for all panels that show some of it. */
export const useFactors = () => useQuery({ queryKey: keys.secondFactors, queryFn: () => unwrap(api.GET("/api/auth/second-factors/")) });

/** After a change: what the panels show is read again, and a new token says how one is logged in now. */
export function useFactorsChanged() {
  const queries = useQueryClient();
  return async () => {
    await Promise.allSettled([queries.invalidateQueries({ queryKey: keys.secondFactors }), refresh()]);
  };
}
