import { initials } from "@/lib/names";

type Person = { id: string; username: string; first_name: string; last_name: string };

/** Initials in a circle. Decorative: the name stands beside it or on the control around it. */
export function Avatar({ person, size = 32, className = "" }: { person: Person; size?: number; className?: string }) {
  return (
    <span
      aria-hidden="true"
      style={{ width: size, height: size, fontSize: size * 0.38 }}
      className={`inline-grid shrink-0 place-items-center rounded-full bg-accent-soft font-semibold tracking-tight text-accent-strong ${className}`}
    >
      {initials(person)}
    </span>
  );
}
