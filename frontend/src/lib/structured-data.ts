import type { Creator, Session } from "./api/types";
import { displayName } from "./names";
import { siteUrl } from "./site-url";

/** JSON for a script element: `<` is escaped, so no text can end the element. */
export function jsonForScript(data: unknown): string {
  return JSON.stringify(data).replaceAll("<", "\\u003c").replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}

const absolute = (path: string) => new URL(path, siteUrl()).href;

export function sessionData(session: Session): unknown {
  const person = { "@type": "Person", name: displayName(session.creator_details), url: absolute(`/creators/${session.creator_details.id}`) };
  return {
    "@context": "https://schema.org",
    "@type": "Course",
    name: session.title,
    description: session.description.slice(0, 500),
    url: absolute(`/sessions/${session.id}`),
    provider: person,
    offers: { "@type": "Offer", price: session.price, priceCurrency: session.currency, category: session.price === "0.00" ? "Free" : "Paid" },
    hasCourseInstance: { "@type": "CourseInstance", courseMode: "Online", courseWorkload: `PT${session.duration}M`, instructor: person, maximumAttendeeCapacity: session.max_participants },
  };
}

export function creatorData(creator: Creator): unknown {
  return {
    "@context": "https://schema.org",
    "@type": "ProfilePage",
    mainEntity: { "@type": "Person", name: displayName(creator), alternateName: creator.username, description: creator.bio || undefined, url: absolute(`/creators/${creator.id}`) },
  };
}
