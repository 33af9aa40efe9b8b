import { startAuthentication, startRegistration, WebAuthnAbortService, type PublicKeyCredentialCreationOptionsJSON, type PublicKeyCredentialRequestOptionsJSON } from "@simplewebauthn/browser";
import { api } from "../api/client";
import { unwrap } from "../api/errors";
import { enter, type Member } from "./session";

/** WebAuthn's ceremonies. With a library of its own: import it only once somebody uses a passkey. */

const requestOptions = async (challenge?: string) =>
  (await unwrap(api.POST("/api/auth/passkeys/login/options/", { body: { challenge } }))) as unknown as PublicKeyCredentialRequestOptionsJSON;

/** Logs in by a passkey alone. */
export async function logInByPasskey(): Promise<Member> {
  const credential = await startAuthentication({ optionsJSON: await requestOptions() });
  return enter("passkeys/login/", { credential });
}

/** The second step of a login. */
export async function answerByPasskey(challenge: string): Promise<Member> {
  const credential = await startAuthentication({ optionsJSON: await requestOptions(challenge) });
  return enter("login/second-factor/", { challenge, method: "passkey", credential });
}

/**
 * Lets the browser offer passkeys where it fills in the e-mail address. Resolves once somebody has chosen one, or with
 * null where that isn't wanted any more once it could begin: it would end a ceremony that has begun meanwhile.
 */
export async function offerPasskeys(isWanted: () => boolean): Promise<Member | null> {
  const optionsJSON = await requestOptions();
  if (!isWanted()) return null;
  const credential = await startAuthentication({ optionsJSON, useBrowserAutofill: true });
  return enter("passkeys/login/", { credential });
}

export const stopOffering = () => WebAuthnAbortService.cancelCeremony();

/** Makes a passkey on this device, or on one that the browser finds. */
export async function makePasskey(options: Record<string, unknown>) {
  return startRegistration({ optionsJSON: options as unknown as PublicKeyCredentialCreationOptionsJSON });
}
