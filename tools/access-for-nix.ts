import { writeFileSync } from "node:fs";
import process from "node:process";
import { type AclPlan, DEVICE_TOPICS, mosquittoAccess } from "../src/broker/index.ts";
import { DEFAULT_BASE, parseHostName, parseUserName } from "../src/contract/index.ts";

export const ACCESS_FILE = new URL("../nix/modules/hub/access.json", import.meta.url);

/** What services.nixwave.hub lets each role do on mosquitto; `HOST` and `PERSON` stand for names. */
export function accessForNix(): string {
  const plan: AclPlan = {
    ...{ base: DEFAULT_BASE, deviceTopics: [], openButtons: false },
    ...{ hub: parseUserName("hub"), ci: parseUserName("ci") },
    ...{ hosts: [parseHostName("host-name")], operators: [parseUserName("person-name")] },
  };
  const text = JSON.stringify({ ...mosquittoAccess(plan), deviceTopics: DEVICE_TOPICS }, null, 2);
  return `${text.replaceAll("host-name", "HOST").replaceAll("person-name", "PERSON")}\n`;
}

if (import.meta.main) {
  writeFileSync(ACCESS_FILE, accessForNix());
  process.stdout.write(`wrote ${ACCESS_FILE.pathname}\n`);
}
