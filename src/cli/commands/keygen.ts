import { randomBytes } from "node:crypto";
import { unlink } from "node:fs/promises";
import { resolve } from "node:path";
import { Command } from "commander";
import {
  formatPublicKey,
  formatSecretKey,
  type KeyName,
  parseKeyName,
  secretKeyFromSeed,
} from "../../contract/index.ts";
import type { CommandIo } from "../command-io.ts";
import { writeNewFile } from "../files.ts";
import { paintFor } from "../paint.ts";

const SEED_BYTES = 32;

/** `nixwave keygen NAME`: a release key in Nix's own key format. */
export function keygenCommand(io: CommandIo): Command {
  return new Command("keygen")
    .description("Make a signing key: NAME.secret (mode 600) and NAME.public in this folder.")
    .argument("<name>", "a label, e.g. ci-1; hosts trust the key, not the label", parseKeyName)
    .addHelpText(
      "after",
      `
Example:
  $ nixwave keygen ci-1
  $ gh secret set NIXWAVE_SIGNING_KEY < ci-1.secret

Nothing is ever overwritten. Make a second key, keep it offline and trust both: losing one then
loses nothing. Do not use the binary cache's key: what is pushed to a cache is not thereby approved.`,
    )
    .action((name: KeyName) => makeKey(io, name));
}

async function makeKey(io: CommandIo, name: KeyName): Promise<void> {
  const [secretFile, publicFile] = [`${name}.secret`, `${name}.public`];
  const seed = randomBytes(SEED_BYTES);
  const publicKey = formatPublicKey(secretKeyFromSeed(name, seed).publicKey);
  await writeNewFile(io, publicFile, `${publicKey}\n`, 0o644);
  try {
    await writeNewFile(io, secretFile, formatSecretKey(name, seed), 0o600);
  } catch (error) {
    await unlink(resolve(io.cwd, publicFile)); // ours, made a moment ago; half a key is no key
    throw error;
  }
  io.stdout.write(explain(io, name, publicKey));
}

function explain(io: CommandIo, name: KeyName, publicKey: string): string {
  const paint = paintFor(io.stdout, io.env);
  return [
    `${paint("good", "made")} ${name}.secret (mode 600, never commit it) and ${name}.public`,
    "",
    `on every host:  ${paint("strong", `services.nixwave.agent.releaseKeys = [ "${publicKey}" ];`)}`,
    `in CI:          the secret NIXWAVE_SIGNING_KEY holds the content of ${name}.secret`,
    "",
  ].join("\n");
}
