import { site } from "@/messages";

/** Grey blocks of the size of what comes. Read out once, as a whole. */
export function Skeleton({ blocks, className = "" }: { blocks: string[]; className?: string }) {
  return (
    <div role="status" aria-label={site.loading} className={className}>
      {blocks.map((size, index) => (
        <div key={index} className={`skeleton ${size}`} />
      ))}
    </div>
  );
}
