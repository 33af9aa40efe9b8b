"use client";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useState, type ReactNode } from "react";
import { isTemporary } from "@/lib/api/errors";
import { AuthProvider } from "@/lib/auth/context";

const Toaster = dynamic(() => import("./Toaster"), { ssr: false });

export function Providers({ children }: { children: ReactNode }) {
  const [queries] = useState(
    () =>
      new QueryClient({
        defaultOptions: { queries: { staleTime: 10_000, retry: (count, error) => count < 2 && isTemporary(error) } },
      }),
  );
  return (
    <QueryClientProvider client={queries}>
      <AuthProvider>{children}</AuthProvider>
      <Toaster />
    </QueryClientProvider>
  );
}
