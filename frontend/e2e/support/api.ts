/** The API as tests use it to set a scene: over the same origin as the pages, with tokens of its own. */

export const WEB_URL = (process.env.WEB_URL ?? "http://localhost:8000").replace(/\/$/, "");

export type Person = {
  id: string;
  email: string;
  username: string;
  password: string;
  first_name: string;
  last_name: string;
  access: string;
};
export type Session = {
  id: string;
  title: string;
  price: string;
  currency: string;
  duration: number;
  max_participants: number;
  creator_details: { id: string; username: string; first_name: string; last_name: string };
};
export type Slot = { start: string; end: string; seats_left: number };
export type Booking = { id: string; session: string; booking_date: string; status: string; amount: string; currency: string };

export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly problem: Record<string, unknown>,
  ) {
    super(`${status} ${JSON.stringify(problem)}`);
  }
}

type Call = { as?: Person; body?: unknown; headers?: Record<string, string> };

export async function call<T>(method: string, path: string, { as: person, body, headers }: Call = {}): Promise<T> {
  const response = await fetch(`${WEB_URL}${path}`, {
    method,
    headers: {
      ...(body !== undefined && { "Content-Type": "application/json" }),
      ...(person && { Authorization: `Bearer ${person.access}` }),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  const answer: unknown = text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : {};
  if (!response.ok) throw new Refused(response.status, answer as Record<string, unknown>);
  return answer as T;
}

export const unique = () => Math.random().toString(36).slice(2, 10).padEnd(8, "0");

/** What usernames of test people begin with. */
export const PREFIX = "e2e-";
const PASSWORD = "a quiet river runs";

/** Registrations are limited by the hour: ask for people who are there already where they will do. */
export async function register(role: "user" | "creator", firstName = role === "creator" ? "Robin" : "Kim"): Promise<Person> {
  const mark = unique();
  const body = {
    email: `${PREFIX}${mark}@example.com`,
    username: `${PREFIX}${mark}`,
    password: PASSWORD,
    first_name: firstName,
    last_name: `Test${mark}`,
    role,
  };
  await call("POST", "/api/auth/register/", { body });
  return logIn(body.email, PASSWORD);
}

export async function logIn(email: string, password: string): Promise<Person> {
  const { user, access } = await call<{ user: Omit<Person, "password" | "access">; access: string }>("POST", "/api/auth/login/", {
    body: { email, password },
  });
  return { ...user, password, access };
}

export type SessionFields = { title?: string; description?: string; price?: string; duration?: number; max_participants?: number; timezone?: string; status?: string };

export const createSession = (creator: Person, fields: SessionFields = {}) =>
  call<Session>("POST", "/api/sessions/", {
    as: creator,
    body: {
      title: `Field Notes ${unique()}`,
      description: "What you see, what you write down, and what you leave out.",
      price: "40.00",
      duration: 60,
      max_participants: 5,
      timezone: "Europe/Berlin",
      category: "writing",
      ...fields,
    },
  });

export const changeSession = (creator: Person, id: string, fields: SessionFields) =>
  call<Session>("PATCH", `/api/sessions/${id}/`, { as: creator, body: fields });

/** Takes the upcoming bookings of the session along, which makes the creator's time free again. */
export const deleteSession = (creator: Person, id: string) => call("DELETE", `/api/sessions/${id}/`, { as: creator });

export const ownSessions = (creator: Person) => call<Session[]>("GET", "/api/sessions/?my_sessions=true&page_size=100", { as: creator });

const DAY = 86_400_000;

/** The open starts of whole days, over three weeks: the first is the first of its day, at whatever hour tests run. */
export async function openSlots(session: string): Promise<Slot[]> {
  const midnight = Math.ceil(Date.now() / DAY + 1) * DAY; // in UTC, a day ahead at least
  const from = new Date(midnight).toISOString();
  const to = new Date(midnight + 20 * DAY).toISOString();
  const slots = await call<Slot[]>("GET", `/api/bookings/availability/?${new URLSearchParams({ session, from, to })}`);
  return slots.filter((slot) => slot.seats_left > 0);
}

export async function firstSlot(session: string): Promise<Slot> {
  const [slot] = await openSlots(session);
  if (!slot) throw new Error(`session ${session} has no open time`);
  return slot;
}

export const book = (person: Person, session: string, start: string) =>
  call<Booking>("POST", "/api/bookings/", { as: person, body: { session, booking_date: start } });

export const bookingsOf = (person: Person, session: string) =>
  call<Booking[]>("GET", `/api/bookings/my_bookings/?${new URLSearchParams({ session, status: "confirmed" })}`, { as: person });

export const cancelBooking = (person: Person, id: string) => call("PATCH", `/api/bookings/${id}/`, { as: person, body: { status: "cancelled" } });

/** The price that a booking would be made for: what the refusal of an absurd one says. Books nothing. */
export async function bookablePrice(person: Person, session: string, start: string): Promise<string> {
  try {
    await call("POST", "/api/bookings/", { as: person, body: { session, booking_date: start, expected_amount: "0.01" } });
  } catch (error) {
    if (error instanceof Refused && error.problem.code === "price_changed") return String(error.problem.price);
    throw error;
  }
  throw new Error("a booking for 0.01 was accepted");
}
