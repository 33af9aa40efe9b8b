"use client";

import { useQuery } from "@tanstack/react-query";
import { isTemporary } from "./api/errors";

/** Follows a mailed link once: a token is good for one request, however often the page is drawn. */
export function useLink(name: string, token: string | null | undefined, follow: (token: string) => Promise<unknown>) {
  return useQuery({
    queryKey: ["link", name, token],
    queryFn: async () => {
      await follow(token!);
      return true;
    },
    enabled: Boolean(token),
    staleTime: Infinity,
    gcTime: Infinity,
    retry: (count, error) => count < 2 && isTemporary(error),
  });
}
