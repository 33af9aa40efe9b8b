import type { FieldValues, Path, UseFormSetError } from "react-hook-form";
import { explain } from "@/components/ui/failure";
import { ApiError } from "@/lib/api/errors";
import { admin } from "@/messages/admin";

/** Codes that speak of one field. */
type Known<Values> = Record<string, { field: Path<Values>; message: string }>;

/** Puts what the service says of fields at them, the first one focused; the answer is what belongs to no field. */
export function showErrors<Values extends FieldValues>(error: unknown, values: Values, setError: UseFormSetError<Values>, known: Known<Values> = {}): string | null {
  const code = error instanceof ApiError ? known[error.code] : undefined;
  if (code) {
    setError(code.field, { message: code.message }, { shouldFocus: true });
    return null;
  }
  const named = error instanceof ApiError ? Object.entries(error.errors).filter(([field]) => field in values) : [];
  named.forEach(([field, messages], index) => setError(field as Path<Values>, { message: messages[0] }, { shouldFocus: index === 0 }));
  return named.length > 0 ? null : explain(error, admin.problems);
}
