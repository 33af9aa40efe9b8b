export * from "./site";
export * from "./account";
export * from "./security";
export * from "./own-data";
export * from "./booking";
export * from "./dashboard";
export * from "./creator-dashboard";
export * from "./mail";
