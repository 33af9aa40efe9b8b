"use client";

import { ChevronDown, Menu, X } from "lucide-react";
import Link from "next/link";
import { usePathname, useRouter } from "next/navigation";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { useAuth } from "@/lib/auth/context";
import { logout, type Member } from "@/lib/auth/session";
import { displayName } from "@/lib/names";
import { notify } from "@/lib/toast";
import { nav, site } from "@/messages";
import { Avatar } from "./Avatar";
import { Logo } from "./Logo";
import { buttonStyle } from "./ui/button";

const pagesOf = (user: Member | null) => [
  { href: "/", label: nav.browse },
  ...(user ? [{ href: "/dashboard", label: nav.dashboard }] : []),
  ...(user && user.role !== "user" ? [{ href: "/creator-dashboard", label: nav.creatorDashboard }] : []),
  ...(user?.role === "admin" ? [{ href: "/admin", label: nav.admin }] : []),
  ...(user ? [{ href: "/profile", label: nav.profile }] : []),
];

export function Navbar() {
  const auth = useAuth();
  const user = auth.status === "member" ? auth.user : null;
  const pages = pagesOf(user);
  const path = usePathname();
  const router = useRouter();
  const loginHref = path === "/" || path === "/login" ? "/login" : `/login?next=${encodeURIComponent(path)}`;

  const leave = async () => {
    await logout();
    router.push("/");
    void notify(nav.loggedOut);
  };

  return (
    <header className="sticky top-0 z-30 border-b border-line bg-paper/92 backdrop-blur-md">
      <nav aria-label={nav.label} className="shell flex h-16 items-center gap-6">
        <Link href="/" aria-label={site.name} className="-ml-1 rounded-md px-1 py-2">
          <Logo />
        </Link>
        <ul className="hidden items-center gap-1 md:flex">
          {pages.map((page) => (
            <li key={page.href}>
              <NavLink {...page} current={placeOf(path, page.href)} className="rounded-md px-3 py-2 text-sm font-medium" />
            </li>
          ))}
        </ul>
        <div className="ml-auto flex items-center gap-2">
          <div data-for="guest" className="flex items-center gap-2">
            <Link href={loginHref} className={buttonStyle("ghost", "sm", "hidden! sm:inline-flex!")}>
              {nav.login}
            </Link>
            <Link href={`${loginHref}${loginHref.includes("?") ? "&" : "?"}tab=register`} className={buttonStyle("primary", "sm")}>
              {nav.register}
            </Link>
          </div>
          <div data-for="member" className="hidden h-11 min-w-40 items-center justify-end md:flex">
            {user ? <AccountMenu user={user} onLeave={leave} /> : <span className="skeleton h-8 w-32 rounded-full" aria-hidden="true" />}
          </div>
          <Disclosure
            className="md:hidden"
            label={nav.menu}
            button={(open) => (open ? <X aria-hidden="true" className="size-5" /> : <Menu aria-hidden="true" className="size-5" />)}
            buttonClass="grid size-11 place-items-center rounded-md hover:bg-sunken"
            menuClass="right-4 left-4 top-17"
          >
            {pages.map((page) => (
              <NavLink key={page.href} {...page} current={placeOf(path, page.href)} className="block rounded-md px-3 py-3" />
            ))}
            {user ? (
              <button type="button" onClick={leave} className="block w-full rounded-md px-3 py-3 text-left hover:bg-sunken">
                {nav.logout} <span className="text-muted">({displayName(user)})</span>
              </button>
            ) : (
              <NavLink href={loginHref} label={nav.login} current={placeOf(path, "/login")} className="block rounded-md px-3 py-3" />
            )}
          </Disclosure>
        </div>
      </nav>
    </header>
  );
}

/** Where a link stands to the page that is shown: this page, or one that has it below. */
const placeOf = (path: string, href: string) => (path === href ? "page" : path.startsWith(`${href}/`) ? "true" : undefined);

type NavLinkProps = { href: string; label: string; current?: "page" | "true"; className: string };

function NavLink({ href, label, current, className }: NavLinkProps) {
  return (
    <Link href={href} aria-current={current} className={`${className} transition-colors duration-150 hover:bg-sunken ${current ? "text-ink" : "text-muted hover:text-ink"}`}>
      {label}
    </Link>
  );
}

function AccountMenu({ user, onLeave }: { user: Member; onLeave: () => void }) {
  return (
    <Disclosure
      label={`${nav.account}: ${displayName(user)}`}
      buttonClass="flex min-h-11 items-center gap-2.5 rounded-full py-1 pr-2 pl-1 hover:bg-sunken"
      menuClass="right-0 top-13 w-56"
      className="relative"
      button={() => (
        <>
          <Avatar person={user} size={34} />
          <span className="max-w-40 truncate text-sm font-medium">{displayName(user)}</span>
          <ChevronDown aria-hidden="true" className="size-4 text-muted" />
        </>
      )}
    >
      <NavLink href="/profile" label={nav.profile} className="block rounded-md px-3 py-2.5 text-sm" />
      <button type="button" onClick={onLeave} className="block w-full rounded-md px-3 py-2.5 text-left text-sm text-muted hover:bg-sunken hover:text-ink">
        {nav.logout}
      </button>
    </Disclosure>
  );
}

type DisclosureProps = { label: string; button: (open: boolean) => ReactNode; buttonClass: string; menuClass: string; className?: string; children: ReactNode };

/** A button that shows links below it. Escape, a click outside and following a link close it. */
function Disclosure({ label, button, buttonClass, menuClass, className = "", children }: DisclosureProps) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const trigger = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!open) return;
    const outside = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    const escape = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      setOpen(false);
      trigger.current?.focus();
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    document.addEventListener("keydown", escape);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("focusin", outside);
      document.removeEventListener("keydown", escape);
    };
  }, [open]);
  return (
    <div ref={box} className={className}>
      <button ref={trigger} type="button" aria-label={label} aria-expanded={open} onClick={() => setOpen(!open)} className={buttonClass}>
        {button(open)}
      </button>
      {open && (
        <div onClick={() => setOpen(false)} className={`panel animate-rise absolute p-1.5 shadow-lift ${menuClass}`}>
          {children}
        </div>
      )}
    </div>
  );
}
