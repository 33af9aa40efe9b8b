/** UTC days as YYYY-MM-DD, both included. */
export type Days = { from: string; to: string };

const DAY_MS = 86_400_000;

export function addDays(day: string, count: number): string {
  return new Date(Date.parse(day) + count * DAY_MS).toISOString().slice(0, 10);
}

export function countDays({ from, to }: Days): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;
}

/** How many days stand for one bar, so that a chart stays readable: a day, a week, four weeks. */
export function barDays(days: Days): 1 | 7 | 28 {
  const count = countDays(days);
  return count <= 100 ? 1 : count <= 730 ? 7 : 28;
}

export type Portion<Row> = Days & { rows: Row[] };

/**
 * The rows by portions of `size` days. Portions without any are among them, so that distance means time. The last one
 * is whole and the first may be shorter: what is cut off looks like a fall at the end, where people look.
 */
export function inPortions<Row extends { date: string }>(rows: Row[], days: Days, size = 1): Portion<Row>[] {
  const count = Math.ceil(countDays(days) / size);
  const portions: Portion<Row>[] = Array.from({ length: count }, (_, index) => {
    const to = addDays(days.to, (index + 1 - count) * size);
    const from = addDays(to, 1 - size);
    return { from: from < days.from ? days.from : from, to, rows: [] };
  });
  for (const row of rows) {
    if (row.date < days.from) continue;
    const back = Math.floor((countDays({ from: row.date, to: days.to }) - 1) / size);
    portions[count - 1 - back]?.rows.push(row);
  }
  return portions;
}
