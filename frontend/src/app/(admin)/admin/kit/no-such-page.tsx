"use client";

import { Link } from "react-router";
import { buttonStyle } from "@/components/ui/button";
import { Empty } from "@/components/ui/empty";
import { admin as text } from "@/messages/admin";
import { Page } from "./page-frame";

export function NoSuchPage() {
  return (
    <Page title={text.notFoundTitle}>
      <div className="panel">
        <Empty title={text.notFoundText} drawing="search">
          <Link to="/admin" className={buttonStyle("primary")}>
            {text.notFoundAction}
          </Link>
        </Empty>
      </div>
    </Page>
  );
}
