type Named = { username: string; first_name: string; last_name: string };

export function displayName(person: Named): string {
  return `${person.first_name} ${person.last_name}`.trim() || person.username;
}

export function initials(person: Named): string {
  const first = person.first_name.trim();
  const last = person.last_name.trim();
  const letters = first || last ? [first, last].map((word) => [...word][0] ?? "") : [...person.username].slice(0, 2);
  return letters.join("").toUpperCase();
}
