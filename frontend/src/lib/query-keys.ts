/** Every key of React Query, so that what changes together is invalidated together. */
export const keys = {
  profile: ["profile"] as const,
  secondFactors: ["second-factors"] as const,
  passkeys: ["second-factors", "passkeys"] as const,
  linked: ["linked"] as const,
  bookings: ["bookings"] as const,
  myBookings: (tab: string) => ["bookings", "mine", tab] as const,
  mineOfSession: (session: string) => ["bookings", "mine-of", session] as const,
  creator: ["creator"] as const,
  creatorSessions: ["creator", "sessions"] as const,
  creatorBookings: ["creator", "bookings"] as const,
  affected: (session: string) => ["affected", session] as const,
  stats: (from?: string, to?: string) => ["creator", "stats", from, to] as const,
  categories: ["categories"] as const,
  availability: (session: string, month: string) => ["availability", session, month] as const,
  leaving: ["leaving"] as const,
  ownSession: (id: string) => ["own-session", id] as const,
};
