import { hash } from "../hash";

/** The widths, in pixels, that pictures are served in: of sessions and of people. */
export const WIDTHS = { sessions: [400, 800, 1200], avatars: [64, 128, 256] } as const;
export type MediaKind = keyof typeof WIDTHS;

/** Changes with the stored address, so that what was answered under it may be kept for long. */
export const versionOf = (url: string): string => hash(url).toString(36);

/** Where a browser finds the picture with this stored address: always here, never at a foreign host. */
export function mediaSources(kind: MediaKind, id: string, url: string): { src: string; srcSet: string } {
  const at = (width: number) => `/media/${kind}/${id}?w=${width}&v=${versionOf(url)}`;
  return { src: at(WIDTHS[kind][1]), srcSet: WIDTHS[kind].map((width) => `${at(width)} ${width}w`).join(", ") };
}
