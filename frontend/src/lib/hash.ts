/** FNV-1a: a short number that is the same for the same text everywhere. For looks and cache keys, not for secrets. */
export function hash(text: string): number {
  let value = 2166136261;
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 16777619);
  return value >>> 0;
}
