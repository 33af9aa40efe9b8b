"use client";

import { usePathname } from "next/navigation";
import { useEffect, useRef, type ReactNode } from "react";

let shown: string | null = null;

/** The page's h1. After a navigation within the site the focus goes to it, as a new document would put it at the top. */
export function PageHeading({ children, className = "" }: { children: ReactNode; className?: string }) {
  const path = usePathname();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (shown !== null && shown !== path) heading.current?.focus({ preventScroll: true });
    shown = path;
  }, [path]);
  return (
    <h1 ref={heading} tabIndex={-1} className={className}>
      {children}
    </h1>
  );
}
