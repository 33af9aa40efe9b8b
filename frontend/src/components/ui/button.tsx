import type { ComponentProps } from "react";
import { Loader2 } from "lucide-react";

type Variant = "primary" | "secondary" | "ghost" | "danger";
type Size = "md" | "sm";

const BASE =
  "inline-flex select-none items-center justify-center gap-2 whitespace-nowrap rounded-md font-medium transition-colors duration-150 ease-calm disabled:cursor-not-allowed disabled:opacity-55 aria-disabled:opacity-55";
const VARIANTS: Record<Variant, string> = {
  primary: "bg-accent text-on-accent hover:bg-accent-strong",
  secondary: "border border-line-strong bg-surface text-ink hover:bg-sunken",
  ghost: "text-ink hover:bg-sunken",
  danger: "bg-danger text-paper hover:opacity-90",
};
const SIZES: Record<Size, string> = { md: "min-h-11 px-4.5", sm: "min-h-9 px-3 text-sm pointer-coarse:min-h-11" };

/** The look of a button, for links too. */
export const buttonStyle = (variant: Variant = "primary", size: Size = "md", more = "") => `${BASE} ${VARIANTS[variant]} ${SIZES[size]} ${more}`;

type ButtonProps = ComponentProps<"button"> & { variant?: Variant; size?: Size; busy?: boolean };

export function Button({ variant, size, busy = false, className = "", children, type = "button", disabled, ...rest }: ButtonProps) {
  return (
    <button type={type} disabled={disabled || busy} aria-busy={busy || undefined} className={buttonStyle(variant, size, className)} {...rest}>
      {busy && <Loader2 aria-hidden="true" className="size-4 animate-spin" />}
      {children}
    </button>
  );
}
