// The standalone server serves its static files from beside itself; the build leaves them outside.
import { cpSync, existsSync } from "node:fs";

const root = new URL("../", import.meta.url).pathname;
cpSync(`${root}.next/static`, `${root}.next/standalone/.next/static`, { recursive: true });
if (existsSync(`${root}public`)) {
  cpSync(`${root}public`, `${root}.next/standalone/public`, { recursive: true });
}
