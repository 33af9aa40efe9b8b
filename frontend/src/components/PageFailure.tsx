"use client";

import { useRouter } from "next/navigation";
import { startTransition } from "react";
import { PageHeading } from "./Heading";
import { Button } from "./ui/button";
import { failure } from "@/messages";

/** Instead of a page that failed, within its part's frame. */
export function PageFailure({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  const router = useRouter();
  const retry = () =>
    startTransition(() => {
      router.refresh();
      reset();
    });
  return (
    <div className="shell py-28 text-center" role="alert">
      <PageHeading className="text-3xl">{failure.title}</PageHeading>
      <p className="mx-auto mt-4 max-w-[46ch] text-muted">{failure.text}</p>
      <Button onClick={retry} className="mt-8">
        {failure.retry}
      </Button>
      {error.digest && (
        <p className="mt-6 text-xs text-muted">
          {failure.request} {error.digest}
        </p>
      )}
    </div>
  );
}
