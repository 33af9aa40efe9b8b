import type { components } from "./schema";

type Schemas = components["schemas"];

export type Session = Schemas["SessionOut"];
export type SessionDetails = Schemas["SessionDetails"];
export type Category = Schemas["CategoryOut"];
export type Creator = Schemas["CreatorProfile"];
export type CreatorDetails = Schemas["CreatorDetails"];
export type Booking = Schemas["BookingOut"];
export type BookingWithUser = Schemas["BookingWithUser"];
export type Slot = Schemas["Slot"];
export type CreatorStats = Schemas["CreatorStats"];
export type Profile = Schemas["Profile"];
export type Device = Schemas["DeviceOut"];
export type SecondFactors = Schemas["SecondFactors"];
export type Passkey = Schemas["PasskeyOut"];
export type Role = Schemas["Role"];
export type LinkedAccount = Schemas["LinkedOut"];
export type ProviderName = Schemas["Provider"];
export type Problem = Schemas["Problem"];
