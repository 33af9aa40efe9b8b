import { useQuery } from "@tanstack/react-query";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import { keys } from "@/lib/query-keys";

/** The own profile, for all pages that show some of it. */
export const useProfile = () => useQuery({ queryKey: keys.profile, queryFn: () => unwrap(api.GET("/api/auth/profile/")), staleTime: 60_000 });
