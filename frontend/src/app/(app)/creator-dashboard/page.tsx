import type { Metadata } from "next";
import { studio } from "@/messages";
import { Studio } from "./studio";

export const metadata: Metadata = { title: studio.title };

type StudioProps = { searchParams: Promise<{ period?: string | string[] }> };

export default async function CreatorDashboardPage({ searchParams }: StudioProps) {
  const { period } = await searchParams;
  return <Studio period={typeof period === "string" && Object.hasOwn(studio.periods, period) ? period : "30"} />;
}
