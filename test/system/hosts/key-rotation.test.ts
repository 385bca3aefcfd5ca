import { describe, expect, it } from "vitest";
import { formatPublicKey } from "../../../src/contract/index.ts";
import { CI_KEY, HUB_KEY, keyFrom } from "../../support/contract-builders.ts";
import { canBootHosts } from "../../support/simulated-host/can-boot-hosts.ts";
import { ended, inTrial, tried } from "../../support/simulated-host/lab-trial.ts";
import { needs } from "../../support/system-parts.ts";

const skip = needs("nix").skip || canBootHosts().skip;
const text = (key: typeof CI_KEY): string => formatPublicKey(key.publicKey);
const dropped = { ci: text(keyFrom("ci-0")), hub: text(keyFrom("hub-0")) };

describe.skipIf(skip)(
  "a host that slept while the spare keys took over (docs/keys.md)",
  { timeout: 180_000 },
  () => {
    it("keeps the first system it finds, which no longer trusts the keys it knew in use", async () => {
      await using home = await tried({
        settings: {
          releaseKeys: [dropped.ci, text(CI_KEY)],
          hubKeys: [dropped.hub, text(HUB_KEY)],
        },
        next: {},
      });
      const { host, system, fresh } = home;
      await inTrial(host);
      await host.renewSession();
      await host.order("commit", system);
      expect(await ended(host)).toMatchObject({
        ...{ outcome: { code: "succeeded" }, current: fresh, profile: fresh, refusal: null },
      });
    });

    it("refuses everything where it had not learned the new key, and says why", async () => {
      await using home = await tried({
        settings: { releaseKeys: [dropped.ci], hubKeys: [text(HUB_KEY)] },
        next: {},
      });
      const { refusal, current } = await home.host.until((report) => report.refusal !== null);
      expect(refusal).toMatchObject({ code: "signature-invalid" });
      expect(current).toBe(home.old);
    });
  },
);
