import type { Metadata } from "next";
import { NotFound } from "@/components/NotFound";
import { failure } from "@/messages";

export const metadata: Metadata = { title: failure.notFoundTitle };

export default function PageNotFound() {
  return <NotFound title={failure.notFoundTitle} text={failure.notFoundText} action={failure.home} />;
}
