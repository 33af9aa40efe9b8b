/** Copy of the admin area's sessions. */
export const sessions = {
  title: "Sessions",
  search: "Search titles and creators",
  session: "Session",
  creator: "Creator",
  status: "Status",
  statuses: { active: "Active", inactive: "Inactive", completed: "Completed" },
  statusFilter: { active: "Active", inactive: "Inactive", completed: "Completed", deleted: "Deleted", all: "All, deleted ones too" },
  deleted: "Deleted",
  category: "Category",
  length: "Length",
  booked: "Booked",
  price: "Price",
  priceFrom: "Price from",
  priceTo: "Price to",
  created: "Created",
  createdFrom: "Created from (UTC)",
  createdTo: "Created to (UTC)",
  activate: "Activate",
  deactivate: "Deactivate",
  delete: "Delete",
  create: "+ Create session",
};

export const sessionPage = {
  open: "Open public page",
  edit: "Edit",
  delete: "Delete",
  theirSessions: "Their sessions",
  public: "Public",
  yes: "Yes",
  notPublic: {
    deleted: "No: it is deleted.",
    inactive: "No: only active sessions are.",
    completed: "No: it is completed.",
    deactivated: "No: its creator's account is deactivated.",
    noCreator: "No: its creator doesn't have that role any more.",
    theirs: "No: its creator may not offer sessions now.",
  },
  seats: "Seats",
  seatsPerStart: (seats: number) => `${seats.toLocaleString("en-US")} per start time`,
  confirmed: (count: number) => (count === 1 ? "1 confirmed booking" : `${count.toLocaleString("en-US")} confirmed bookings`),
  zone: "Time zone",
  place: "Place",
  schedule: "Schedule",
  openAlways: "Open: any whole minute of the next two years",
  scheduled: "At the times its creator set",
  updated: "Last changed",
  description: "Description",
  noDescription: "It has none.",
  bookings: "Its bookings",
  noBookings: "Nobody has booked it.",
  /** By the status that it gets. */
  to: {
    active: { action: "Activate", title: (session: string) => `Activate “${session}”?`, text: "Everybody can find and book it, if its creator may offer sessions.", done: "The session is active." },
    inactive: { action: "Deactivate", title: (session: string) => `Deactivate “${session}”?`, text: "Nobody else than its creator and admins sees it, and it can't be booked. Bookings that exist stay.", done: "The session is inactive." },
    completed: { action: "Mark completed", title: (session: string) => `Mark “${session}” completed?`, text: "It can't be booked any more, nor become active or inactive again. Bookings that exist stay.", done: "The session is completed." },
  },
  deleteTitle: (session: string) => `Delete “${session}”?`,
  deleteText: "It disappears from the marketplace at once. Past bookings stay readable.",
  wasDeleted: (session: string) => `“${session}” is deleted.`,
};

/** What deleting several sessions does to their bookings. */
export const deletingMany = {
  counted: (bookings: number) =>
    bookings === 0
      ? "No upcoming bookings are affected."
      : bookings === 1
        ? "1 upcoming booking will be cancelled and refunded."
        : `${bookings.toLocaleString("en-US")} upcoming bookings will be cancelled and refunded.`,
  uncounted: "All their upcoming bookings will be cancelled and refunded. How many that is, is counted for up to twenty sessions.",
};

export const sessionEditor = {
  createLead: "It belongs to the creator that you choose, and they can change it.",
  creator: "Creator",
  creatorHint: "Type a name, username or e-mail address, and choose.",
};
