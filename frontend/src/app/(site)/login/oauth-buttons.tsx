import type { ReactNode } from "react";
import { buttonStyle } from "@/components/ui/button";
import type { Provider } from "@/lib/api/server";
import { login as text } from "@/messages";

/** Other ways in: the configured providers' buttons, after any that are given. They leave the site, so they are plain links. */
export function OAuthButtons({ providers, next, children }: { providers: Provider[]; next: string; children?: ReactNode }) {
  if (providers.length === 0 && !children) return null;
  return (
    <div className="mt-7">
      <p className="mb-5 flex items-center gap-4 text-sm text-muted before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">{text.or}</p>
      <div className="grid gap-2.5">
        {children}
        {providers.map(({ provider, name, login_url }) => (
          <a key={provider} href={`${login_url}?next=${encodeURIComponent(next)}`} className={buttonStyle("secondary")}>
            {text.with(name)}
          </a>
        ))}
      </div>
    </div>
  );
}
