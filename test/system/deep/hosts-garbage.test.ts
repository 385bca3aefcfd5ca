import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canBootHosts } from "../../support/simulated-host/can-boot-hosts.ts";
import { collectGarbage } from "../../support/simulated-host/garbage.ts";
import { needs } from "../../support/system-parts.ts";
import { beginJourney, JOURNEYS, type Journey } from "./garbage-journeys.ts";

const skip = needs("nix").skip || canBootHosts().skip;

describe.skipIf(skip).each(Object.entries(JOURNEYS))(
  "nix-collect-garbage -d during a deployment %s, with no agent running",
  { timeout: 180_000 },
  (name, phases) => {
    let journey: Journey;
    beforeAll(async () => {
      journey = await beginJourney(name === "that reboots");
    }, 60_000);
    afterAll(() => journey?.[Symbol.asyncDispose](), 60_000);

    it.each(phases)("$phase", async ({ reach, reported, stays, goes = [] }) => {
      const { host, systems } = journey;
      await reach(journey);
      const { current, ...said } = reported;
      const report = { ...said, ...(current ? { current: systems[current].path } : {}) };
      expect(await host.report()).toMatchObject(report);
      const names = [...stays, ...goes];
      const left = await collectGarbage(
        host,
        names.map((one) => systems[one].path),
      );
      expect(names.filter((_, index) => left[index])).toEqual(stays);
    });
  },
);
