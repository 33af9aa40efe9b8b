import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { logIn, PREFIX, unique, type Person } from "./api";

/** What operators do on the command line, for tests against a native system: STACK_STATE, or that of `make up`. */

const ROOT = resolve(import.meta.dirname, "../../..");
const STATE = process.env.STACK_STATE ?? resolve(ROOT, ".local");
const PASSWORD = "a lantern at the harbour";

async function stack(args: string[], environment: Record<string, string> = {}): Promise<string> {
  const options = { cwd: ROOT, env: { ...process.env, PYTHONPATH: resolve(ROOT, "deploy/local"), ...environment } };
  const { stdout } = await promisify(execFile)(resolve(ROOT, ".venv/bin/python"), ["-m", "stack", "--state", STATE, ...args], options);
  return stdout;
}

/** An admin: there is no other way to the first one than the operators' command. ADMIN_EMAIL and ADMIN_PASSWORD name one that exists. */
export async function makeAdmin(): Promise<Person> {
  const { ADMIN_EMAIL, ADMIN_PASSWORD } = process.env;
  if (ADMIN_EMAIL && ADMIN_PASSWORD) return logIn(ADMIN_EMAIL, ADMIN_PASSWORD);
  const name = `${PREFIX}${unique()}`;
  await stack(["run", "identity", "create-admin", "--email", `${name}@example.com`, "--username", name], { IDENTITY_ADMIN_PASSWORD: PASSWORD });
  return logIn(`${name}@example.com`, PASSWORD);
}

/** The servers behind the system, as an operator reaches them. */
export async function servers(): Promise<{ postgres: string; rabbitmq: string }> {
  const settings = Object.fromEntries((await stack(["env"])).trim().split("\n").map((line) => line.split(/=(.*)/s)));
  const broker = new URL(settings.TEST_RABBITMQ);
  return { postgres: `${settings.TEST_POSTGRES}/marketplace`, rabbitmq: `amqp://${broker.username}:${broker.password}@${broker.host}/marketplace` };
}
