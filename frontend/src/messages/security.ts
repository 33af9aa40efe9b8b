/** Copy of the profile's pages beside the profile itself: security and account. */
export const profilePages = {
  label: "Profile pages",
  profile: "About you",
  security: "Security",
  account: "Account",
};

export const security = {
  title: "Security",
  lead: "How you log in, and where you are logged in.",
  password: "Password",
  passwordText: "A long one that you use nowhere else. When it changes, all your other devices are logged out.",
  passwordAction: "Change password",
};

export const account = {
  title: "Account",
  lead: "Your address, and what we keep about you.",
  email: "E-mail address",
  emailText: "You log in with it. Nobody else sees it, but for the hosts whose sessions you book.",
};
