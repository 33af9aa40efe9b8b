"use client";

import { useRef, type KeyboardEvent } from "react";
import { login as text } from "@/messages";

export type Tab = "login" | "register";
const TABS: Tab[] = ["login", "register"];
const KEYS = new Set(["ArrowLeft", "ArrowRight"]);

/** Two tabs over one panel: one stop for the Tab key, arrows change between them. */
export function Tabs({ tab, onTab }: { tab: Tab; onTab: (tab: Tab) => void }) {
  const list = useRef<HTMLDivElement>(null);
  const turn = (event: KeyboardEvent) => {
    if (!KEYS.has(event.key)) return;
    const other = tab === "login" ? "register" : "login";
    onTab(other);
    list.current?.querySelector<HTMLElement>(`#tab-${other}`)?.focus();
  };
  return (
    <div ref={list} role="tablist" aria-label={text.tabsLabel} onKeyDown={turn} className="mt-8 mb-7 grid grid-cols-2 gap-1 rounded-lg bg-sunken p-1">
      {TABS.map((each) => (
        <button
          key={each}
          type="button"
          role="tab"
          id={`tab-${each}`}
          aria-controls="panel"
          aria-selected={each === tab}
          tabIndex={each === tab ? 0 : -1}
          onClick={() => onTab(each)}
          className="min-h-10 rounded-md text-sm font-medium text-muted transition-colors duration-150 hover:text-ink aria-selected:bg-surface aria-selected:text-ink pointer-coarse:min-h-11"
        >
          {text.tabs[each]}
        </button>
      ))}
    </div>
  );
}
