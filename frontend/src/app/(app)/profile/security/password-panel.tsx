import Link from "next/link";
import { buttonStyle } from "@/components/ui/button";
import { security as text } from "@/messages";
import { Panel } from "../panel";

export function PasswordPanel() {
  return (
    <Panel
      id="password"
      title={text.password}
      text={text.passwordText}
      action={
        <Link href="/profile#password" className={buttonStyle("secondary", "sm")}>
          {text.passwordAction}
        </Link>
      }
    />
  );
}
