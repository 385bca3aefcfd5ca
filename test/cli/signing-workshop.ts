import { chmod, writeFile } from "node:fs/promises";
import { expect } from "vitest";
import { formatDescription } from "../../src/cli/description.ts";
import {
  formatPublicKey,
  formatSecretKey,
  parseHostName,
  parseKeyName,
  parseSecretKey,
  parseSystemType,
} from "../../src/contract/index.ts";
import { NOON, narHashFor, pathFor } from "../support/contract-builders.ts";
import { openWorkshop, type Ran, type RunOptions, type Workshop } from "./memory-io.ts";

export const DESCRIPTION = formatDescription(
  ["nuc", "rp3"].map((name) => ({
    host: parseHostName(name),
    storePath: pathFor(name),
    narHash: narHashFor(name),
    system: parseSystemType("x86_64-linux"),
  })),
);
export const SECRET = formatSecretKey(parseKeyName("ci-1"), Buffer.alloc(32, 7));
export const PUBLIC = formatPublicKey(parseSecretKey(SECRET).publicKey);

/** A folder for files of chosen modes, in which `nixwave` takes its arguments as one line. */
export interface SigningWorkshop extends Workshop {
  line(args: string, options?: RunOptions): Promise<Ran>;
  write(name: string, text: string, mode?: number): Promise<void>;
  /** Through the command itself, so that verify has something to look at. */
  signedRelease(): Promise<string>;
}

export async function openSigningWorkshop(): Promise<SigningWorkshop> {
  const workshop = await openWorkshop();
  const line: SigningWorkshop["line"] = (args, options) =>
    workshop.nixwave(args.split(" ").filter(Boolean), options);
  const write: SigningWorkshop["write"] = async (name, text, mode = 0o644) => {
    await writeFile(workshop.at(name), text);
    await chmod(workshop.at(name), mode);
  };
  const signedRelease = async (): Promise<string> => {
    await write("signed-description.json", DESCRIPTION);
    const ran = await line("sign signed-description.json --fleet home --previous none", {
      env: { NIXWAVE_SIGNING_KEY: SECRET },
      now: NOON,
    });
    expect(ran.stderr).not.toContain("error[");
    return ran.stdout;
  };
  return { ...workshop, line, write, signedRelease };
}
