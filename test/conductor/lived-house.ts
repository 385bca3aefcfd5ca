import { parsePlan as parseGatePlan } from "../../src/gate/index.ts";
import type { PlayedHome } from "./played-home.ts";

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
