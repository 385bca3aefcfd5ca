import process from "node:process";
import { fileURLToPath } from "node:url";

/** The activator beside this very program, in the checkout as in the bundles. Without its arguments. */
export function activatorProgram(): readonly string[] {
  const place = import.meta.url.endsWith(".ts")
    ? "../activator-main.ts"
    : "./nixwave-activator.mjs";
  const activator = fileURLToPath(new URL(place, import.meta.url));
  return [process.execPath, ...process.execArgv, activator];
}
