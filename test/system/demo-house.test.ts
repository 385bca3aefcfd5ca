import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openHouse } from "../../src/cli/demo/house.ts";
import { startAedes } from "../support/brokers.ts";
import { openBuses } from "../support/open-buses.ts";

const { started, afterwards } = openBuses();

it("lets the bedroom's sensor finish what it says before the demo's house is closed", async () => {
  const directory = await mkdtemp(join(tmpdir(), "nixwave-house-"));
  afterwards(() => rm(directory, { recursive: true }));
  const passwordFile = join(directory, "sensors");
  await writeFile(passwordFile, "secret\n");
  const broker = await started(startAedes());
  const said: string[] = [];
  broker.aedes.on("publish", ({ topic }) => said.push(topic));
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<boolean>();
  const home = { passwordFile: () => passwordFile };
  const house = await openHouse(home, broker.url, () => {
    asked.resolve();
    return answer.promise;
  });
  await asked.promise;
  const closing = house.close();
  answer.resolve(true);
  await closing;
  await expect.poll(() => said).toContain("tele/bedroom/SENSOR");
});
