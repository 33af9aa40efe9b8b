import type { Metadata } from "next";
import { dashboard } from "@/messages";
import { Dashboard } from "./dashboard";

export const metadata: Metadata = { title: dashboard.title };

type DashboardProps = { searchParams: Promise<{ tab?: string | string[] }> };

export default async function DashboardPage({ searchParams }: DashboardProps) {
  const { tab } = await searchParams;
  return <Dashboard tab={tab === "past" || tab === "cancelled" ? tab : "active"} />;
}
