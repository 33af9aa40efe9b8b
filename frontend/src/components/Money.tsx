"use client";

import { card } from "@/messages";
import { formatMoney, isFree } from "@/lib/money";
import { useLocale } from "@/lib/use-locale";

type MoneyProps = { amount: string; currency: string; compact?: boolean; free?: boolean };

/** An amount by the reader's locale; with `free`, nothing is called by its name. */
export function Money({ amount, currency, compact = false, free = false }: MoneyProps) {
  const locale = useLocale();
  return <span className="figures whitespace-nowrap">{free && isFree(amount) ? card.free : formatMoney(amount, currency, locale, { compact })}</span>;
}
