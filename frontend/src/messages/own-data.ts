/** Copy of what people keep with us and take away again: picture, profile completion, own data, the account itself. */
const count = (n: number, one: string, many: string) => (n === 1 ? `1 ${one}` : `${n.toLocaleString("en-US")} ${many}`);

export const picture = {
  label: "Your picture",
  choose: "Upload a picture",
  replace: "Upload another picture",
  remove: "Remove picture",
  hint: "JPEG, PNG, WebP or GIF, up to 10 MiB. You can also drop one here.",
  drop: "Drop it to use it",
  sending: (percent: number) => `Uploading… ${percent}%`,
  working: "Making it fit…",
  saved: "Picture saved.",
  removed: "Picture removed.",
  tooLarge: "This file is larger than 10 MiB. Choose a smaller one.",
  wrongType: "This file is no JPEG, PNG, WebP or GIF picture. Choose another one.",
  empty: "This file is empty. Choose another one.",
  busy: "Many pictures are being uploaded right now. Try again in a moment.",
};

export const completion = {
  whole: "Everything is filled in.",
  missing: "Still missing:",
  fields: { first_name: "Your first name", last_name: "Your last name", avatar: "A picture of you", bio: "A few words about you" },
};

export const ownData = {
  title: "Your data",
  text: "Everything we keep about you, in one file that you and programs can read: profile, logins, sessions, bookings and revenue.",
  action: "Download my data",
  busy: "Collecting your data…",
  done: "Your data is in your downloads.",
  failed: "Your data couldn't be collected as a whole, so nothing was saved.",
};

export const deletion = {
  title: "Delete account",
  text: "Your name, address, picture and logins are forgotten for good. What others booked or earned stays right.",
  action: "Delete my account…",
  question: "Delete your account?",
  lead: "This can't be undone. When you delete it:",
  forgotten: "Your name, e-mail address, picture, bio and preferences are forgotten, and you are logged out everywhere.",
  ownBookings: (n: number) => `Your ${count(n, "upcoming booking", "upcoming bookings")} ${n === 1 ? "stays" : "stay"} with the hosts, without your name. If you won't come, cancel first, so that others get the ${n === 1 ? "seat" : "seats"}.`,
  noOwnBookings: "You have no upcoming bookings.",
  toBookings: "See your bookings",
  sessions: (n: number) => `Your ${count(n, "session", "sessions")} can't be found or booked any more.`,
  given: (n: number) => `${count(n, "upcoming booking", "upcoming bookings")} of your sessions ${n === 1 ? "is" : "are"} cancelled, and ${n === 1 ? "its person is" : "their people are"} shown why.`,
  noGiven: "Nobody has an upcoming booking of your sessions.",
  past: "Past bookings stay in the lists of those who took part, and in the books.",
  again: "Your e-mail address and username are free again afterwards.",
  download: "You may want to download your data first.",
  confirm: (word: string) => `Type ${word} to confirm`,
  mismatch: "This isn't your username.",
  password: "Current password",
  keep: "Keep my account",
  submit: "Delete my account",
  lastAdmin: "You are the last admin. Make somebody else an admin first.",
  freshLogin: "Log out and in again first: your login must be less than ten minutes old for this.",
  done: "Your account was deleted. Goodbye, and thank you.",
};
