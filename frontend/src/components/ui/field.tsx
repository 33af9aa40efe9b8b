"use client";

import { Eye, EyeOff } from "lucide-react";
import { useId, useState, type ComponentProps, type ReactNode } from "react";
import { fields, login } from "@/messages";

type Shared = { label: string; hint?: string; error?: string; optional?: boolean };
type ControlProps = { id: string; "aria-invalid": boolean; "aria-describedby": string | undefined };

function Frame({ label, hint, error, optional, children }: Shared & { children: (control: ControlProps) => ReactNode }) {
  const id = useId();
  const described = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(" ");
  return (
    <div className="min-w-0">
      <div className="mb-1.5 flex items-baseline justify-between gap-3 text-sm">
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        {optional && <span className="text-muted">{fields.optional}</span>}
      </div>
      {children({ id, "aria-invalid": Boolean(error), "aria-describedby": described || undefined })}
      {error && (
        <p id={`${id}-error`} role="alert" className="mt-1.5 text-sm text-danger">
          {error}
        </p>
      )}
      {hint && (
        <p id={`${id}-hint`} className="mt-1.5 text-sm text-muted">
          {hint}
        </p>
      )}
    </div>
  );
}

export function TextField({ label, hint, error, optional, className = "", ...input }: Shared & ComponentProps<"input">) {
  return (
    <Frame label={label} hint={hint} error={error} optional={optional}>
      {(control) => <input className={`control ${className}`} {...input} {...control} />}
    </Frame>
  );
}

export function TextArea({ label, hint, error, optional, ...input }: Shared & ComponentProps<"textarea">) {
  return (
    <Frame label={label} hint={hint} error={error} optional={optional}>
      {(control) => <textarea className="control resize-y" {...input} {...control} />}
    </Frame>
  );
}

export function SelectField({ label, hint, error, optional, children, ...select }: Shared & ComponentProps<"select">) {
  return (
    <Frame label={label} hint={hint} error={error} optional={optional}>
      {(control) => (
        <select className="control" {...select} {...control}>
          {children}
        </select>
      )}
    </Frame>
  );
}

export function PasswordField({ label, hint, error, ...input }: Shared & ComponentProps<"input">) {
  const [shown, setShown] = useState(false);
  const Icon = shown ? EyeOff : Eye;
  return (
    <Frame label={label} hint={hint} error={error}>
      {(control) => (
        <div className="relative">
          <input className="control pr-12!" {...input} {...control} type={shown ? "text" : "password"} />
          <button
            type="button"
            onClick={() => setShown(!shown)}
            aria-label={shown ? login.hide : login.show}
            className="absolute inset-y-0 right-0 grid w-11 place-items-center rounded-md text-muted hover:text-ink"
          >
            <Icon aria-hidden="true" className="size-4.5" />
          </button>
        </div>
      )}
    </Frame>
  );
}
