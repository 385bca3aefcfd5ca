import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RP4 } from "../../../src/cli/demo/demo-home.ts";
import { needs } from "../../support/system-parts.ts";
import type { HouseRelease } from "../house/house-systems.ts";
import { openRecoveryHome, type RecoveryHome } from "./recovery-home.ts";

/** docs/recovery.md, in one home that has one accident after the other. */
describe.skipIf(needs("nix").skip)("a home that lost", { timeout: 240_000 }, () => {
  let house: RecoveryHome;
  let newest: HouseRelease;
  const release = async (): Promise<void> => {
    newest = await house.publish();
    await house.promoted(newest.title);
  };
  beforeAll(async () => {
    house = await openRecoveryHome();
    await release();
  }, 200_000);
  afterAll(() => house?.[Symbol.asyncDispose](), 60_000);

  it("its broker's memory has all of it again but the release, which CI brings", async () => {
    await house.run("systemctl stop nixwave-hub");
    await house.run(`echo rubbish >${house.state}/broker/retained.sqlite`);
    await expect(house.run("systemctl start nixwave-hub")).rejects.toThrow(
      "error[broker-state-unreadable]",
    );
    await house.follow("the broker's memory");
    await house.publishAgain(newest);
    await house.promoted(newest.title);
    await release();
  });

  it("a host's password: that host alone is away until it has the new one", async () => {
    await house.follow("a password");
    await house.until("rp4 is refused", ({ online }) => !online.has(RP4));
    await house.follow("a host without its password");
    const password = await readFile(join(house.laptop, "rp4.password"), "utf8");
    const credentials = house.home.passwordFile(RP4);
    await writeFile(credentials, password, { mode: 0o400 });
    await house.rp4.stopAgent();
    await house.rp4.startAgent();
    await house.until("rp4 is there", ({ online }) => online.has(RP4));
    await release();
  });

  it("its phone: each button is a command", async () => {
    await house.follow("without a phone");
  });

  it("CI's key to a thief: the spare signs, held until it does", async () => {
    await house.follow("CI's key from the drawer");
    await house.signWith(join(house.laptop, "nixwave-home/ci/ci-2.secret"));
    newest = await house.publish();
    await house.until("it is held", ({ status, holds }) => {
      return status?.title === newest.title && holds.has("me");
    });
    await house.follow("the spare signs");
    await house.promoted(newest.title);
  });
});
