import type { Conductor } from "../../src/conductor/index.ts";
import { parsePlan as parseGatePlan } from "../../src/gate/index.ts";
import { nuc, type PlayedHome, planWith, rp4 } from "./played-home.ts";

export const TOPIC = "tele/bath/SENSOR";
/** Warm enough in the bath, for three minutes. */
export const WARM = parseGatePlan({
  rows: [
    {
      ...{ name: "bath", topics: [TOPIC], path: "AM2301.Temperature", is: "above", limit: 15 },
      ...{ interval: "1m", expireAfter: "3m" },
    },
  ],
  ...{ soak: "3m", initialDelay: "10s", timeout: "12m" },
});
/** The house is asked before each trial and after it. */
export const SOAKED = planWith({
  ...{ gates: ["preflight", "soak"], soak: "1m", lease: "30m", maxTrial: "2h" },
});

/** The bath's sensor: says every half a minute how warm it is while time passes. */
export async function live(
  home: PlayedHome,
  minutes: number,
  warm: () => number | null,
): Promise<void> {
  for (let half = 0; half < 2 * minutes; half += 1) {
    const Temperature = warm();
    if (Temperature !== null) {
      const told = { Time: "2026-07-14T12:00:00", AM2301: { Temperature } };
      home.broker.publish(TOPIC, Buffer.from(JSON.stringify(told)), true);
    }
    await home.clock.pass(30_000);
  }
}

/** Everybody will do well, and the bath has been warm for four minutes. */
export async function warmHouse(home: PlayedHome): Promise<Conductor> {
  home.play(rp4);
  home.play(nuc);
  const hub = await home.open({ plan: SOAKED });
  hub.openGate("warm", WARM, null);
  await live(home, 4, () => 21);
  return hub;
}
