"use client";

import { Toaster as Sonner } from "sonner";

export default function Toaster() {
  return (
    <Sonner
      theme="system"
      position="bottom-right"
      toastOptions={{
        style: { background: "var(--surface)", color: "var(--ink)", border: "1px solid var(--line)", borderRadius: "12px", boxShadow: "var(--lift)", fontFamily: "var(--font-sans)" },
      }}
    />
  );
}
