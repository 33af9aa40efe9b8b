"use client";

import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { Button } from "@/components/ui/button";
import { explain } from "@/components/ui/failure";
import { saveFile } from "@/lib/save-file";
import { adminList as text } from "@/messages/admin";
import type { Filter } from "../reading";
import { useNotice } from "./notice";

/** Asks for the whole list of these filters as one file. */
export type Export = (query: Filter) => Promise<Blob>;

type ExportButtonProps = { name: string; run: Export; filter: Filter; ordering: string };

export function ExportButton({ name, run, filter, ordering }: ExportButtonProps) {
  const notice = useNotice();
  const download = useMutation({
    mutationFn: () => run({ ...filter, ordering }),
    onMutate: () => notice({ text: text.exporting }),
    onSuccess: (csv) => {
      saveFile(`${name}-${new Date().toISOString().slice(0, 10)}.csv`, csv);
      notice({ text: text.exported });
    },
    onError: (error) => notice({ text: explain(error) }),
  });
  return (
    <Button variant="secondary" size="sm" busy={download.isPending} onClick={() => download.mutate()}>
      {!download.isPending && <Download aria-hidden="true" className="size-4" />}
      {text.export}
    </Button>
  );
}
