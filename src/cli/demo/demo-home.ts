import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generatePassword, type NewAccount } from "../../broker/index.ts";
import {
  formatPublicKey,
  formatSecretKey,
  parseHostName,
  parseKeyName,
  parseSecretKey,
  parseSystemType,
  type SecretKey,
} from "../../contract/index.ts";
import { createDemoCache, type DemoCache } from "./demo-cache.ts";
import type { DemoHost } from "./demo-system.ts";

/** What is spoiled on purpose, to see the hosts refuse it. */
export type Tampering = "none" | "closure" | "key";

/** A host of the demo, and the folder that stands for its `/`. */
export interface DemoHostPlan extends DemoHost {
  readonly root: string;
}

/** Everything of the demo that lies on disk, below one temporary folder. */
export interface DemoHome {
  readonly directory: string;
  readonly hosts: readonly DemoHostPlan[];
  readonly cache: DemoCache;
  readonly cacheKey: SecretKey;
  /** CI's key, which the hosts trust. */
  readonly releaseKey: SecretKey;
  /** The file of the key that signs this demo's releases; not CI's when the key was tampered with. */
  readonly signingKeyFile: string;
  readonly signingKey: SecretKey;
  readonly hubKey: SecretKey;
  readonly hubKeyFile: string;
  readonly accounts: readonly NewAccount[];
  passwordFile(user: string): string;
}

export const FLEET = "demo";
export const CHANNEL = "main";

/** The reference home; x1 is a laptop, which is away when the demo begins. */
const HOSTS: readonly DemoHost[] = [
  { host: parseHostName("rp4"), system: parseSystemType("aarch64-linux") },
  { host: parseHostName("rp3"), system: parseSystemType("aarch64-linux") },
  { host: parseHostName("x1"), system: parseSystemType("x86_64-linux") },
  { host: parseHostName("nuc"), system: parseSystemType("x86_64-linux") },
];
export const [RP4, RP3, X1, NUC] = ["rp4", "rp3", "x1", "nuc"].map(parseHostName) as [
  DemoHost["host"],
  DemoHost["host"],
  DemoHost["host"],
  DemoHost["host"],
];
const SEED_BYTES = 32;

/** Makes keys, passwords and an empty signed cache. */
export async function makeDemoHome(tampering: Tampering): Promise<DemoHome> {
  // Nix refuses a store below a symbolic link, which the temporary folder is on some systems.
  const directory = await mkdtemp(join(await realpath(tmpdir()), "nixwave-demo-"));
  const cacheKey = await makeKey(directory, "demo-cache-1");
  const releaseKey = await makeKey(directory, "demo-ci-1");
  const hubKey = await makeKey(directory, "demo-hub-1");
  const signingKey = tampering === "key" ? await makeKey(directory, "demo-stranger-1") : releaseKey;
  const hosts = HOSTS.map((host) => ({ ...host, root: join(directory, host.host) }));
  for (const { root } of hosts) await mkdir(join(root, "run"), { recursive: true });
  return {
    ...{ directory, hosts, cacheKey, releaseKey, signingKey, hubKey },
    cache: await createDemoCache(join(directory, "cache"), cacheKey),
    signingKeyFile: secretFile(directory, signingKey.name),
    hubKeyFile: secretFile(directory, hubKey.name),
    accounts: await makeAccounts(directory),
    passwordFile: (user) => passwordFile(directory, user),
  };
}

const secretFile = (directory: string, name: string): string => join(directory, `${name}.secret`);
const passwordFile = (directory: string, user: string): string =>
  join(directory, `${user}.password`);

async function makeKey(directory: string, name: string): Promise<SecretKey> {
  const text = formatSecretKey(parseKeyName(name), randomBytes(SEED_BYTES));
  await writeFile(secretFile(directory, name), text, { mode: 0o600 });
  const key = parseSecretKey(text);
  await writeFile(join(directory, `${name}.public`), `${formatPublicKey(key.publicKey)}\n`);
  return key;
}

/** One account per part, each with a password of its own in a file of its own. */
async function makeAccounts(directory: string): Promise<readonly NewAccount[]> {
  const roles = [
    { user: "ci", role: "ci" },
    { user: "hub", role: "hub", topics: ["stat/#", "tele/#"] },
    { user: "demo", role: "operator" },
    { user: "sensors", role: "device", topics: ["stat/#", "tele/#"] },
    ...HOSTS.map(({ host }) => ({ user: host, role: "host" }) as const),
  ] as const;
  return await Promise.all(
    roles.map(async (account) => {
      const password = generatePassword();
      await writeFile(passwordFile(directory, account.user), `${password}\n`, { mode: 0o600 });
      return { ...account, password };
    }),
  );
}

/** The password that stands in a file of the demo. */
export const readPassword = async (file: string): Promise<string> =>
  (await readFile(file, "utf8")).trimEnd();
