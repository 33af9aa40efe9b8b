import { ImageResponse } from "next/og";
import { motif, tonesOf } from "@/components/Cover";
import { getSession } from "@/lib/api/server";
import { formatDuration } from "@/lib/dates";
import { formatMoney, isFree } from "@/lib/money";
import { displayName } from "@/lib/names";
import { card, site } from "@/messages";

export const size = { width: 1200, height: 630 };
export const contentType = "image/png";
export const alt = site.name;

export default async function OpenGraphImage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  const session = await getSession(id);
  const tones = tonesOf(id, session?.category ?? null);
  const price = session ? (isFree(session.price) ? card.free : formatMoney(session.price, session.currency)) : "";
  return new ImageResponse(
    <div style={{ display: "flex", width: "100%", height: "100%", background: "#faf8f3", color: "#1c2127" }}>
      <div style={{ display: "flex", flexDirection: "column", justifyContent: "space-between", width: 700, padding: 64 }}>
        <div style={{ display: "flex", fontSize: 28, color: "#0d5c54" }}>{site.name}</div>
        <div style={{ display: "flex", fontSize: 62, lineHeight: 1.08, letterSpacing: -2 }}>{(session?.title ?? site.description).slice(0, 90)}</div>
        <div style={{ display: "flex", fontSize: 28, color: "#5f5b54" }}>
          {session ? `${displayName(session.creator_details)}  ·  ${formatDuration(session.duration)}  ·  ${price}` : ""}
        </div>
      </div>
      <div style={{ display: "flex", width: 500, height: 630, background: tones.ground, overflow: "hidden" }}>
        <svg width="1008" height="630" viewBox="0 0 160 100" style={{ marginLeft: -254 }}>
          {motif(id, tones)}
        </svg>
      </div>
    </div>,
    size,
  );
}
