import { Button } from "./button";

type MoreProps = { query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => Promise<unknown> }; label: string };

/** Below a list whose next page is to be fetched. */
export function More({ query, label }: MoreProps) {
  if (!query.hasNextPage) return null;
  return (
    <div className="mt-4 text-center">
      <Button variant="secondary" size="sm" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
        {label}
      </Button>
    </div>
  );
}
