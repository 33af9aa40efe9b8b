import { NotFound } from "@/components/NotFound";
import { creator, session } from "@/messages";

export default function CreatorNotFound() {
  return <NotFound title={creator.notFoundTitle} text={session.notFoundText} action={session.notFoundAction} />;
}
