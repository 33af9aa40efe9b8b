"use client";

import { useMutation } from "@tanstack/react-query";
import { Button } from "@/components/ui/button";
import { Failure } from "@/components/ui/failure";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import { saveFile } from "@/lib/save-file";
import { notify } from "@/lib/toast";
import { ownData as text } from "@/messages";
import { Panel } from "../panel";

/** Each service has its own part: all of them together, or nothing. */
async function collect() {
  const [identity, catalog, booking] = await Promise.all([
    unwrap(api.GET("/api/auth/export/")),
    unwrap(api.GET("/api/sessions/export/")),
    unwrap(api.GET("/api/bookings/export/")),
  ]);
  return { account: identity, sessions: catalog, bookings: booking };
}

export function DataPanel() {
  const download = useMutation({
    mutationFn: collect,
    onSuccess: (data) => {
      saveFile(`my-sessions-data-${new Date().toISOString().slice(0, 10)}.json`, new Blob([JSON.stringify(data, null, 2)], { type: "application/json" }));
      void notify(text.done);
    },
  });
  return (
    <Panel
      id="data"
      title={text.title}
      text={text.text}
      action={
        <Button variant="secondary" size="sm" busy={download.isPending} onClick={() => download.mutate()}>
          {text.action}
        </Button>
      }
    >
      <p role="status" className="text-sm text-muted not-empty:mt-4">
        {download.isPending ? text.busy : download.isSuccess ? text.done : null}
      </p>
      {download.error && (
        <div className="mt-4">
          <p className="mb-2 text-sm">{text.failed}</p>
          <Failure compact error={download.error} onRetry={() => download.mutate()} />
        </div>
      )}
    </Panel>
  );
}
