/** Copy that the admin area's pages share. */
export const admin = {
  title: "Admin",
  nav: "Admin area",
  pages: { statistics: "Statistics", users: "Users", sessions: "Sessions", bookings: "Bookings", apps: "OAuth apps", operations: "Operations" },
  windowTitle: (page: string) => `${page} · Admin · Sessions Marketplace`,
  back: (list: string) => `All ${list.toLowerCase()}`,
  none: "—",
  notFoundTitle: "Nothing here",
  notFoundText: "This page of the admin area doesn't exist.",
  notFoundAction: "Open statistics",
  secondFactorTitle: "Set up a second factor first",
  secondFactorText: "Admins of this marketplace log in with an authenticator app or a passkey. Set one up, log in with it, and come back.",
  secondFactorAction: "Open security settings",
  problems: {
    own_account: "This is your own account. Ask another admin to do this.",
    last_admin: "This is the last active admin. Make somebody else an admin first.",
    account_anonymised: "This account was deleted and can't be changed any more.",
    already_cancelled: "Somebody cancelled this booking already. Nothing is left to do.",
    already_started: "This session has started, so the booking can't be cancelled any more.",
    job_running: "Such a job waits or runs already: see Jobs. Wait for its end, then ask again.",
    unavailable: "A part that this needs doesn't answer. What was not done is as it was; try again in a moment.",
  } as Record<string, string>,
  undo: "Undo",
  undone: "Undone.",
  dismiss: "Dismiss",
};

export const adminList = {
  filters: "Filters",
  clear: "Clear filters",
  any: "Any",
  without: (filter: string, value: string) => `Remove filter ${filter}: ${value}`,
  sortBy: "Sort by",
  ascending: (label: string) => `${label}, ascending`,
  descending: (label: string) => `${label}, descending`,
  select: (row: string) => `Select ${row}`,
  selectPage: "Select all on this page",
  selection: "Selection",
  selected: (count: number) => `${count.toLocaleString("en-US")} selected`,
  unselect: "Clear selection",
  range: (from: number, to: number, total: string) => `${from.toLocaleString("en-US")}–${to.toLocaleString("en-US")} of ${total}`,
  total: (total: number, capped: boolean) => (capped ? `more than ${total.toLocaleString("en-US")}` : total.toLocaleString("en-US")),
  pages: "Pages",
  page: (page: number, of: number) => `Page ${page.toLocaleString("en-US")} of ${of.toLocaleString("en-US")}`,
  previous: "Previous",
  next: "Next",
  perPage: "Rows per page",
  deep: "Pages end at the ten-thousandth row. Filter, or turn the order round, to see what comes after; a CSV has all of it.",
  export: "Export CSV",
  exporting: "Writing the CSV…",
  exported: "The CSV is in your downloads.",
  all: (what: string) => `All of ${what.toLowerCase()}`,
  emptyTitle: "Nothing matches",
  emptyText: "No row has all of that.",
};

export const adminConfirm = {
  reason: "Reason",
  reasonHint: "Kept in the audit log.",
  notNow: "Not now",
  /** Asked a second time, where nothing brings it back. */
  finalTitle: "Really? Nothing brings it back.",
  finalBack: "Go back",
  finally: (action: string) => `Yes: ${action.toLowerCase()}`,
  willChange: (count: number) => (count === 1 ? "1 will change." : `${count.toLocaleString("en-US")} will change.`),
  willSkip: (count: number) => (count === 1 ? "1 stays as it is:" : `${count.toLocaleString("en-US")} stay as they are:`),
  skippedBecause: (count: number, detail: string) => `${count.toLocaleString("en-US")}: ${detail}`,
  nothing: "Nothing would change.",
  bulkTitle: (action: string, count: number) => `${action}: ${count.toLocaleString("en-US")} selected`,
  undoReason: (action: string) => `Undo of “${action}”`,
  undonePartly: (count: number, skipped: number) => `Undone for ${count.toLocaleString("en-US")}; ${skipped.toLocaleString("en-US")} stay as they are now.`,
  done: (action: string, count: number, skipped: number) => `${action}: ${count.toLocaleString("en-US")} done${skipped > 0 ? `, ${skipped.toLocaleString("en-US")} left as they were` : ""}.`,
};

/** What becomes of bookings when a session or a creator goes. */
export const cancellations = {
  none: "No upcoming bookings are affected.",
  some: (bookings: number, people: number) =>
    `${bookings === 1 ? "1 upcoming booking" : `${bookings.toLocaleString("en-US")} upcoming bookings`} of ${people === 1 ? "1 person" : `${people.toLocaleString("en-US")} people`} will be cancelled.`,
  refunds: "They get back:",
};

export const audit = {
  title: "Audit trail",
  empty: "Nothing has been written down yet.",
  more: "Show earlier lines",
  system: "The system",
  by: "By",
  about: "About",
  reason: "Reason",
};

const finds = (listName: string, none: string, one: string, many: string) => ({
  listName,
  found: (count: number) => (count === 0 ? none : count === 1 ? `1 ${one} found.` : `${count} ${many} found.`),
});

/** What is said of what a few letters find. */
export const finders = {
  people: finds("People found", "Nobody by that name.", "person", "people"),
  creators: finds("Creators found", "No creator by that name.", "creator", "creators"),
  activeCreators: finds("Creators found", "No active creator by that name.", "creator", "creators"),
  sessions: finds("Sessions found", "No session by that name.", "session", "sessions"),
};
