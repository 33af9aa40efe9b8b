import { mediaSources } from "@/lib/media/address";
import { initials } from "@/lib/names";
import { MediaImage } from "./MediaImage";

type Person = { id: string; username: string; first_name: string; last_name: string; avatar: string | null };

/** A person's picture over their initials, in a circle. Decorative: the name stands beside it or on the control around it. */
export function Avatar({ person, size = 32, className = "" }: { person: Person; size?: number; className?: string }) {
  const sources = person.avatar ? mediaSources("avatars", person.id, person.avatar) : null;
  return (
    <span
      aria-hidden="true"
      style={{ width: size, height: size, fontSize: size * 0.38 }}
      className={`relative inline-grid shrink-0 place-items-center overflow-hidden rounded-full bg-accent-soft font-semibold tracking-tight text-accent-strong ${className}`}
    >
      {initials(person)}
      {sources && <MediaImage key={sources.src} {...sources} sizes={`${size}px`} />}
    </span>
  );
}
