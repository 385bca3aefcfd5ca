import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type AclPlan, accountsOf, DEVICE_TOPICS, mosquittoFiles } from "../../src/broker/index.ts";
import { DEFAULT_BASE, parseHostName, parseUserName } from "../../src/contract/index.ts";
import { freePort, startMosquitto, type TestBroker } from "../support/brokers.ts";

export const PLAN: AclPlan = {
  base: DEFAULT_BASE,
  hosts: ["rp3", "rp4"].map(parseHostName),
  operators: ["anna", "bert"].map(parseUserName),
  hub: parseUserName("hub"),
  ci: parseUserName("ci"),
  deviceTopics: DEVICE_TOPICS,
  homeAssistant: { user: parseUserName("assistant"), prefix: "homeassistant" },
  openButtons: false,
};

/** mosquitto as `nixwave acl mosquitto` sets it up; each user's password is its name. */
export interface MosquittoHome extends TestBroker {
  /** Where users with passwords connect. */
  readonly url: TestBroker["url"];
  /** Where sensors connect. */
  readonly openUrl: string;
}

export async function openMosquittoHome(plan: AclPlan): Promise<MosquittoHome> {
  const openPort = await freePort();
  const { "mosquitto.conf": configuration = "", ...files } = mosquittoFiles(plan, "$DIR");
  const config = configuration
    .replace(/^listener 1883$/m, `listener ${openPort} 127.0.0.1`)
    .replace(/^listener 8883$/m, "listener $PORT 127.0.0.1");
  const passwords = await passwordFile(accountsOf(plan).map(({ user }) => user));
  const broker = await startMosquitto({ config, files: { ...files, passwords } });
  return { ...broker, openUrl: `mqtt://127.0.0.1:${openPort}` };
}

async function passwordFile(users: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "nixwave-passwords-"));
  const file = join(folder, "passwords");
  try {
    for (const [index, user] of users.entries()) {
      const create = index === 0 ? ["-c"] : [];
      await promisify(execFile)("mosquitto_passwd", [...create, "-b", file, user, user]);
    }
    return await readFile(file, "utf8");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
