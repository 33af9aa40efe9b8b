"use client";

import dynamic from "next/dynamic";
import { PrivateRoute } from "@/components/PrivateRoute";
import { Skeleton } from "@/components/ui/skeleton";

const App = dynamic(() => import("./app"), {
  ssr: false,
  loading: () => <Skeleton className="shell space-y-2 pt-10" blocks={["h-9 w-64", "mt-8! h-11 w-full", "mt-8! h-96 w-full"]} />,
});

export function Admin() {
  return <PrivateRoute roles={["admin"]}>{({ id }) => <App key={id} />}</PrivateRoute>;
}
