"use client";

import Link from "next/link";
import { useRouter } from "next/navigation";
import { useEffect, type ReactNode } from "react";
import type { Role } from "@/lib/api/types";
import { useAuth } from "@/lib/auth/context";
import type { Member } from "@/lib/auth/session";
import { forbidden } from "@/messages";
import { PageHeading } from "./Heading";
import { buttonStyle } from "./ui/button";
import { Skeleton } from "./ui/skeleton";

type PrivateRouteProps = { roles?: Role[]; children: (user: Member) => ReactNode };

/** Shows its page to who may see it; others go to log in, and come back. The API decides all the same. */
export function PrivateRoute({ roles, children }: PrivateRouteProps) {
  const auth = useAuth();
  const router = useRouter();
  const guest = auth.status === "guest";
  const reason = guest ? auth.reason : undefined;

  useEffect(() => {
    // Who logged out here is on the way to the start page already.
    if (!guest || reason === "logged-out-here") return;
    const query = new URLSearchParams({ next: `${window.location.pathname}${window.location.search}` });
    if (reason) query.set("reason", reason);
    router.replace(`/login?${query}`);
  }, [guest, reason, router]);

  if (auth.status !== "member") {
    return <Skeleton className="shell space-y-2 pt-10 md:pt-14" blocks={["h-9 w-64", "h-6 w-80 max-w-full", "mt-8! h-11 w-full", "mt-8! h-62 w-full"]} />;
  }
  if (roles && !roles.includes(auth.user.role)) {
    const text = roles.includes("creator") ? forbidden.creator : forbidden.admin;
    return (
      <div className="shell py-28 text-center">
        <PageHeading className="text-3xl">{text.title}</PageHeading>
        <p className="mt-4 text-muted">{text.text}</p>
        <Link href={text.href} className={buttonStyle("primary", "md", "mt-8")}>
          {text.action}
        </Link>
      </div>
    );
  }
  return children(auth.user);
}
