export * from "./site";
export * from "./account";
export * from "./booking";
export * from "./creator-dashboard";
