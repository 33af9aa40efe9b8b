import type { ReactNode } from "react";
import { hash } from "@/lib/hash";
import { mediaSources } from "@/lib/media/address";
import { MediaImage } from "./MediaImage";

/**
 * The picture of a session. Where there is no image, one is drawn from its id and category: two tones by category, a
 * geometric motif by id. The same session looks the same everywhere.
 */

type Tones = { ground: string; shape: string; deep: string };

const TONES: Tones[] = [
  { ground: "#cfdcd3", shape: "#1d5b4f", deep: "#b4cabd" },
  { ground: "#e8d5c4", shape: "#a4502f", deep: "#dcc0a8" },
  { ground: "#cdd8e6", shape: "#2a4a7c", deep: "#b3c4da" },
  { ground: "#e9dcb9", shape: "#7a5a12", deep: "#dccb98" },
  { ground: "#e2d0da", shape: "#7a3258", deep: "#d2b8c7" },
  { ground: "#d5d3e4", shape: "#463f80", deep: "#c0bdd8" },
  { ground: "#d8dcc4", shape: "#55642a", deep: "#c5cba8" },
  { ground: "#d9d4cc", shape: "#37424d", deep: "#c6bfb3" },
];
const CATEGORY_TONES: Record<string, number> = {
  programming: 2, design: 1, "data-science": 5, languages: 3, photography: 7, "health-and-fitness": 6, music: 4, cooking: 1,
  business: 0, career: 0, writing: 7, "personal-development": 4, finance: 0, marketing: 4, science: 5, "art-and-craft": 3,
};

export function tonesOf(id: string, category: string | null): Tones {
  const index = category === null ? hash(id) : (CATEGORY_TONES[category] ?? hash(category));
  return TONES[index % TONES.length] as Tones;
}

/** The motif's shapes in a box of 160 × 100. */
export function motif(id: string, { shape, deep }: Tones): ReactNode {
  const seed = hash(id);
  const pick = (n: number, shift: number) => (seed >>> shift) % n;
  const flip = pick(2, 9) === 1 ? "translate(160 0) scale(-1 1)" : undefined;
  const x = 30 + pick(5, 4) * 22;
  switch (pick(7, 1)) {
    case 0: // a sun behind steps
      return (
        <g transform={flip}>
          <circle cx={x} cy="46" r="30" fill={deep} />
          <path d="M0 100V78h32V64h32V50h32V36h32V22h32v78z" fill={shape} />
        </g>
      );
    case 1: // arcs within arcs
      return (
        <g transform={flip} fill="none" strokeWidth="9">
          <circle cx="0" cy="100" r="88" stroke={deep} />
          <circle cx="0" cy="100" r="66" stroke={shape} />
          <circle cx="0" cy="100" r="44" stroke={deep} />
          <circle cx="0" cy="100" r="22" stroke={shape} />
          <circle cx={110 + pick(3, 6) * 10} cy="32" r="15" fill={shape} stroke="none" />
        </g>
      );
    case 2: // two discs and where they meet
      return (
        <g transform={flip}>
          <circle cx="62" cy="50" r="34" fill={deep} />
          <circle cx="98" cy="50" r="34" fill={shape} />
          <path d="M80 21.2a34 34 0 0 1 0 57.6a34 34 0 0 1 0-57.6" fill={deep} opacity=".55" />
        </g>
      );
    case 3: // hills
      return (
        <g transform={flip}>
          <circle cx={x} cy="30" r="13" fill={shape} />
          <path d="M0 74C30 48 54 50 84 70s52 18 76-4v34H0z" fill={deep} />
          <path d="M0 92c26-20 50-22 78-8s54 8 82-14v30H0z" fill={shape} />
        </g>
      );
    case 4: // quarters on a grid
      return (
        <g transform={flip}>
          <path d="M30 0h50a50 50 0 0 1-50 50z" fill={shape} />
          <path d="M80 50h50V0A50 50 0 0 0 80 50z" fill={deep} />
          <path d="M30 50a50 50 0 0 1 50 50H30z" fill={deep} />
          <path d="M130 100H80a50 50 0 0 1 50-50z" fill={shape} />
        </g>
      );
    case 5: // slanted bars
      return (
        <g transform={flip}>
          <path d="M-10 100 50 0h18L8 100zM62 100 122 0h18L80 100z" fill={deep} />
          <path d="M26 100 86 0h18L44 100z" fill={shape} />
          <circle cx="132" cy="70" r="14" fill={shape} />
        </g>
      );
    default: // a half moon over a line
      return (
        <g transform={flip}>
          <path d="M44 64a36 36 0 0 1 72 0z" fill={shape} />
          <path d="M0 64h160v5H0z" fill={shape} />
          <path d="M56 78h48v4H56zM66 89h28v4H66z" fill={deep} />
          <circle cx={x < 80 ? 26 : 134} cy="26" r="9" fill={deep} />
        </g>
      );
  }
}

/** As wide as a card: a third of the page, half of it, all of it. */
const CARD_SIZES = "(min-width: 64rem) 23rem, (min-width: 40rem) 46vw, 92vw";

type CoverProps = { id: string; category: string | null; imageUrl: string | null; sizes?: string; priority?: boolean; className?: string };

export function Cover({ id, category, imageUrl, sizes = CARD_SIZES, priority = false, className = "" }: CoverProps) {
  const tones = tonesOf(id, category);
  const sources = imageUrl ? mediaSources("sessions", id, imageUrl) : null;
  return (
    <div className={`relative aspect-[16/10] overflow-hidden bg-sunken dark:brightness-[.86] ${className}`}>
      <svg viewBox="0 0 160 100" preserveAspectRatio="xMidYMid slice" className="absolute inset-0 size-full" aria-hidden="true">
        <path d="M0 0h160v100H0z" fill={tones.ground} />
        {motif(id, tones)}
      </svg>
      {sources && <MediaImage key={sources.src} {...sources} sizes={sizes} priority={priority} />}
    </div>
  );
}
