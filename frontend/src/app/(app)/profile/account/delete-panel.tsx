"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { deletion as text } from "@/messages";
import { Panel } from "../panel";
import { useProfile } from "../use-profile";

const DeleteDialog = dynamic(() => import("./delete-dialog"), { ssr: false });

export function DeletePanel() {
  const profile = useProfile();
  const [asking, setAsking] = useState(false);
  return (
    <Panel
      id="delete"
      title={text.title}
      text={text.text}
      action={
        <Button variant="secondary" size="sm" disabled={!profile.data} onClick={() => setAsking(true)} className="text-danger!">
          {text.action}
        </Button>
      }
    >
      {asking && profile.data && <DeleteDialog profile={profile.data} onClose={() => setAsking(false)} />}
    </Panel>
  );
}
