import { answer } from "@/lib/media/answer";

type MediaContext = { params: Promise<{ kind: string; id: string }> };

/** The pictures of sessions and of people: /media/sessions/{id} and /media/avatars/{id}. */
export async function GET(request: Request, { params }: MediaContext): Promise<Response> {
  const { kind, id } = await params;
  return answer(request, kind, id);
}
