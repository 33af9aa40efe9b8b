import { NotFound } from "@/components/NotFound";
import { session } from "@/messages";

export default function SessionNotFound() {
  return <NotFound title={session.notFoundTitle} text={session.notFoundText} action={session.notFoundAction} />;
}
