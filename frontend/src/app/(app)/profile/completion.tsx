import type { Profile } from "@/lib/api/types";
import { completion as text, profile as profileText } from "@/messages";

/** What people look for in a profile, and where on the page it is filled in. */
const FIELDS = { first_name: "[name=first_name]", last_name: "[name=last_name]", avatar: "#picture", bio: "[name=bio]" } as const;
type Field = keyof typeof FIELDS;

/** How much of the profile is there, and what isn't: each is a way to its field. */
export function Completion({ profile }: { profile: Profile }) {
  const missing = (Object.keys(FIELDS) as Field[]).filter((field) => !profile[field]);
  return (
    <section aria-labelledby="completion" className="panel p-5">
      <div className="flex items-baseline justify-between">
        <h2 id="completion" className="text-base">
          {profileText.completion}
        </h2>
        <p className="figures text-sm text-muted">{profileText.complete(profile.profile_completion)}</p>
      </div>
      <div
        role="meter"
        aria-labelledby="completion"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={profile.profile_completion}
        className="mt-3 h-1.5 overflow-hidden rounded-full bg-sunken"
      >
        <div className="h-full rounded-full bg-accent transition-[width] duration-200" style={{ width: `${profile.profile_completion}%` }} />
      </div>
      <p className="mt-3 text-sm text-muted">{missing.length ? text.missing : text.whole}</p>
      {missing.length > 0 && (
        <ul className="mt-1 text-sm">
          {missing.map((field) => (
            <li key={field}>
              <button type="button" onClick={() => document.querySelector<HTMLElement>(FIELDS[field])?.focus()} className="link min-h-9 py-1 text-left pointer-coarse:min-h-11">
                {text.fields[field]}
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
