import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generatePassword, type NewAccount } from "../../broker/index.ts";
import {
  formatPublicKey,
  formatSecretKey,
  type HostName,
  parseHostName,
  parseKeyName,
  parseSecretKey,
  parseSystemType,
  type SecretKey,
  type StorePath,
} from "../../contract/index.ts";
import { createDemoCache, type DemoCache } from "./demo-cache.ts";
import { addDemoSystem, type DemoHost, type DemoTrust } from "./demo-system.ts";

/** What is spoiled on purpose, to see the hosts refuse it. */
export type Tampering = "none" | "closure" | "key";

/** A host of the demo: what ran before, what is coming, and the folder that stands for its `/`. */
export interface DemoHostPlan extends DemoHost {
  readonly root: string;
  readonly before: StorePath;
  readonly after: StorePath;
}

/** Everything of the demo that lies on disk, below one temporary folder. */
export interface DemoHome {
  readonly directory: string;
  readonly hosts: readonly DemoHostPlan[];
  readonly cache: DemoCache;
  readonly cacheKey: SecretKey;
  /** CI's key, which the hosts trust. */
  readonly releaseKey: SecretKey;
  /** The file of the key that signs this demo's release; not CI's when the key was tampered with. */
  readonly signingKeyFile: string;
  readonly signingKey: SecretKey;
  readonly hubKey: SecretKey;
  readonly hubKeyFile: string;
  readonly specFile: string;
  readonly accounts: readonly NewAccount[];
  passwordFile(user: string): string;
}

export const FLEET = "demo";
export const CHANNEL = "main";

const HOSTS: readonly DemoHost[] = [
  { host: parseHostName("rp4"), system: parseSystemType("aarch64-linux") },
  { host: parseHostName("nuc"), system: parseSystemType("x86_64-linux") },
];
const SEED_BYTES = 32;

/** Makes keys, passwords, the signed cache with two versions of each host, and the deploy spec. */
export async function makeDemoHome(tampering: Tampering): Promise<DemoHome> {
  // Nix refuses a store below a symbolic link, which the temporary folder is on some systems.
  const directory = await mkdtemp(join(await realpath(tmpdir()), "nixwave-demo-"));
  const cacheKey = await makeKey(directory, "demo-cache-1");
  const releaseKey = await makeKey(directory, "demo-ci-1");
  const hubKey = await makeKey(directory, "demo-hub-1");
  const signingKey = tampering === "key" ? await makeKey(directory, "demo-stranger-1") : releaseKey;
  const cache = await createDemoCache(join(directory, "cache"), cacheKey);
  const trust = { fleet: FLEET, releaseKey, hubKey };
  const hosts = await Promise.all(HOSTS.map((host) => planHost(directory, cache, trust, host)));
  const specFile = join(directory, "deploy.json");
  const agents = Object.fromEntries(hosts.map(({ host, after }) => [host, after]));
  await writeFile(specFile, `${JSON.stringify({ agents }, null, 2)}\n`);
  return {
    ...{ directory, hosts, cache, cacheKey, releaseKey, signingKey, hubKey, specFile },
    signingKeyFile: secretFile(directory, signingKey.name),
    hubKeyFile: secretFile(directory, hubKey.name),
    accounts: await makeAccounts(directory, hosts),
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

async function planHost(
  directory: string,
  cache: DemoCache,
  trust: DemoTrust,
  host: DemoHost,
): Promise<DemoHostPlan> {
  const root = join(directory, host.host);
  await mkdir(join(root, "run"), { recursive: true });
  const before = await addDemoSystem(cache, trust, host, 1);
  const after = await addDemoSystem(cache, trust, host, 2);
  return { ...host, root, before, after };
}

/** One account per part, each with a password of its own in a file of its own. */
async function makeAccounts(
  directory: string,
  hosts: readonly { readonly host: HostName }[],
): Promise<readonly NewAccount[]> {
  const roles = [
    ["ci", "ci"],
    ["hub", "hub"],
    ["demo", "operator"],
    ...hosts.map(({ host }) => [host, "host"] as const),
  ] as const;
  return await Promise.all(
    roles.map(async ([user, role]) => {
      const password = generatePassword();
      await writeFile(passwordFile(directory, user), `${password}\n`, { mode: 0o600 });
      return { user, role, password };
    }),
  );
}

/** The password that stands in a file of the demo. */
export const readPassword = async (file: string): Promise<string> =>
  (await readFile(file, "utf8")).trimEnd();
