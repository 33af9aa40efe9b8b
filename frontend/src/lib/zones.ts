/** Every IANA zone that the browser knows, with `also` among them. */
export function zones(...also: string[]): string[] {
  return [...new Set([...also, "UTC", ...Intl.supportedValuesOf("timeZone")])].filter(Boolean).sort();
}
