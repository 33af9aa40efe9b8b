/** Copy of what every page shows, and of the public pages. */
export const site = {
  name: "Sessions Marketplace",
  short: "Sessions",
  description: "Live sessions with people who know their craft. Find one, pick a time, take a seat.",
  skip: "Skip to the content",
  offline: "You're offline. What you see may be out of date.",
  footer: "Live sessions, small groups, real people.",
  apiDocs: "API documentation",
  close: "Close",
  loading: "Loading",
};

export const nav = {
  label: "Main",
  browse: "Browse",
  dashboard: "Dashboard",
  creatorDashboard: "Creator Dashboard",
  admin: "Admin",
  profile: "Profile",
  login: "Log in",
  register: "Sign up",
  logout: "Log out",
  account: "Account",
  menu: "Menu",
  loggedOut: "You're logged out.",
};

export const home = {
  title: "Learn it live, from someone who does it.",
  lead: "Small live sessions with makers, coders, cooks and coaches. Pick a time that suits you and take a seat.",
  search: "Search sessions",
  searchPlaceholder: "Python, portrait light, salary talks…",
  submit: "Search",
  filters: "Filters",
  category: "Category",
  anyCategory: "All categories",
  price: "Price",
  anyPrice: "Any price",
  prices: { "0-0": "Free", "0-25": "Up to 25", "25-75": "25 to 75", "75-150": "75 to 150", "150-": "150 and more" } as Record<string, string>,
  duration: "Duration",
  anyDuration: "Any length",
  durations: { "0-45": "Up to 45 min", "45-90": "45 to 90 min", "90-180": "1.5 to 3 h", "180-": "3 h and more" } as Record<string, string>,
  sort: "Sort by",
  sorts: {
    "-created_at": "Newest",
    "-popularity": "Most booked",
    price: "Price, low to high",
    "-price": "Price, high to low",
    duration: "Shortest first",
    title: "Title, A to Z",
  } as Record<string, string>,
  bestMatch: "Best match",
  count: (n: number, capped: boolean) => (n === 1 ? "1 session" : `${n.toLocaleString("en-US")}${capped ? "+" : ""} sessions`),
  countFor: (text: string, query: string) => `${text} for “${query}”`,
  clear: "Clear filters",
  emptyTitle: "Nothing matches yet",
  emptyText: "Try fewer filters or another word. Typos are fine, we look past them.",
  pages: "Pages",
  previous: "Previous",
  next: "Next",
  page: (n: number) => `Page ${n}`,
};

export const card = {
  by: "with",
  free: "Free",
  seats: (n: number) => (n === 1 ? "One to one" : `Up to ${n.toLocaleString("en-US")} people`),
};

export const session = {
  back: "All sessions",
  about: "About this session",
  creator: "Your host",
  facts: { duration: "Duration", group: "Group", place: "Place", zone: "Host's time zone" },
  defaultPlace: "Online",
  notFoundTitle: "This session isn't here",
  notFoundText: "Its host may have closed it or taken it down, or the link has lost a piece on its way.",
  notFoundAction: "Browse sessions",
};

export const creator = {
  since: (date: string) => `Hosting since ${date}`,
  sessions: (n: number) => (n === 1 ? "1 session" : `${n} sessions`),
  heading: "Sessions",
  noBio: "This host lets the sessions speak for themselves.",
  emptyTitle: "No open sessions right now",
  emptyText: "Come back later, or look at what others offer.",
  all: "See all of them",
  notFoundTitle: "We can't find this host",
};

export const failure = {
  notFoundTitle: "This page isn't here",
  notFoundText: "The link may be old, or a letter went missing.",
  home: "Go to the start page",
  title: "That didn't work",
  text: "Something on our side didn't answer. Your data is safe. Please try again.",
  retry: "Retry",
  request: "Request",
  network: "We can't reach the server. Check your connection and try again.",
  busy: (seconds: number | null) => (seconds ? `Too many requests. Please wait ${seconds} s and try again.` : "Too many requests. Please wait a moment."),
  forbidden: "You aren't allowed to do that.",
  unauthenticated: "Your login has ended. Please log in again.",
};

/** Pages that a role may not see. */
export const forbidden = {
  creator: { title: "This page is for creators", text: "Become a creator in your profile, it takes one click.", action: "Open profile", href: "/profile" },
  admin: { title: "This page is for admins", text: "Your account doesn't have that role. An admin can give it to you.", action: "Browse sessions", href: "/" },
};
