/** Copy of the admin area's apps at Google and GitHub. */
export const apps = {
  title: "OAuth apps",
  lead: "An app lets people log in with an account at a provider. It is registered there, and its client id and client secret are entered here. Changes count at once.",
  on: "On",
  off: "Switched off",
  unreadable: "Off: its secret can't be read",
  unreadableText: "The site's secret key was changed since this was entered. Enter the client secret again.",
  environment: "On, by the server's environment",
  environmentText: "The server's settings have an app. One that is entered here counts instead of it.",
  missing: "Not set up",
  missingText: (name: string) => `Nobody can log in with ${name} yet.`,
  register: (name: string) => `Make an app at ${name}, with this redirect address:`,
  clientId: "Client id",
  secret: "Client secret",
  secretKept: "Kept, and never shown",
  redirect: "Redirect address",
  redirectHint: "To be registered at the provider, to the letter.",
  copy: "Copy",
  copyOf: (name: string) => `Copy the redirect address of ${name}`,
  copied: "Copied",
  entered: "Entered",
  updated: "Last changed",
  add: "Enter an app",
  change: "Change",
  switchOn: "Switch on",
  switchOff: "Switch off",
  delete: "Delete",
  of: (action: string, name: string) => `${action}: ${name}`,
};

export const appForm = {
  addTitle: (name: string) => `Enter an app for ${name}`,
  changeTitle: (name: string) => `Change the app for ${name}`,
  clientIdHint: "As the provider shows it.",
  secretHint: "Kept encrypted, and never shown again.",
  secretKeep: "Leave empty to keep the one there is.",
  visible: "No blanks, please.",
  enabled: "People can log in with it at once",
  cancel: "Cancel",
  add: "Enter app",
  save: "Save changes",
  exists: "Somebody has entered an app for this provider meanwhile. Close this and look at it.",
  added: (name: string) => `The app for ${name} is entered.`,
  saved: (name: string) => `The app for ${name} is changed.`,
};

export const appSwitch = {
  onTitle: (name: string) => `Switch ${name} on?`,
  onText: (name: string) => `People can log in with ${name} at once.`,
  on: (name: string) => `${name} is switched on.`,
  offTitle: (name: string) => `Switch ${name} off?`,
  offText: (name: string) => `Nobody can log in with ${name} until it is switched on again, whatever the server's environment says. Who has no password can't log in meanwhile; who is logged in stays so.`,
  off: (name: string) => `${name} is switched off.`,
};

export const appDelete = {
  title: (name: string) => `Delete the app for ${name}?`,
  text: (name: string) =>
    `Its client id and secret are forgotten here; at ${name} they stay. If the server's environment has an app for ${name}, that one counts again. If not, nobody can log in with ${name}.`,
  action: "Delete app",
  done: (name: string) => `The app for ${name} is deleted.`,
};
