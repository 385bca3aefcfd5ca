import { describe, expect, test } from "vitest";
import { type AclPlan, makeAccounts } from "../../../src/broker/index.ts";
import { parseTopicBase } from "../../../src/contract/index.ts";
import { needs } from "../../support/system-parts.ts";
import {
  type Dial,
  dialUrl,
  expectedDeliveries,
  measuredDeliveries,
  subjectsOf,
} from "../access-matrix.ts";
import { openHome } from "../broker-home.ts";
import { openMosquittoHome, PLAN } from "../mosquitto-home.ts";

const PLANS: readonly (readonly [string, AclPlan])[] = [
  ["as it comes", PLAN],
  ["with buttons for sensors", { ...PLAN, openButtons: true }],
  ["below another base", { ...PLAN, base: parseTopicBase("home/deploy/v1") }],
  ["with one device topic only", { ...PLAN, deviceTopics: PLAN.deviceTopics.slice(0, 1) }],
];

const dialer =
  (url: string, openUrl: string): Dial =>
  (account, options) =>
    account.role === "device"
      ? dialUrl(openUrl, { ...options, clientId: "sensor" })
      : dialUrl(url, { ...options, username: account.user, password: account.user });

describe.each(PLANS)("a home %s", (_what, plan) => {
  test.each([0, 1, 2] as const)("our broker follows the rules at QoS %i", async (qos) => {
    const accounts = await makeAccounts(
      subjectsOf(plan)
        .filter(({ role }) => role !== "device")
        .map(({ user, role, topics }) => ({
          user,
          role,
          password: user,
          ...(topics && { topics }),
        })),
      plan.base,
      { N: 1024, r: 1, p: 1 },
    );
    const anonymous = { topics: plan.deviceTopics, mayPress: plan.openButtons };
    const home = await openHome({ accounts, base: plan.base, anonymous });
    try {
      const measured = await measuredDeliveries(plan, dialer(home.url, home.url), qos);
      expect(measured).toEqual(expectedDeliveries(plan));
    } finally {
      await home.close();
    }
  });

  describe.skipIf(needs("mosquitto").skip)("mosquitto", () => {
    test.each([0, 1, 2] as const)("follows the same rules at QoS %i", async (qos) => {
      const home = await openMosquittoHome(plan);
      try {
        const measured = await measuredDeliveries(plan, dialer(home.url, home.openUrl), qos);
        expect(measured).toEqual(expectedDeliveries(plan));
      } finally {
        await home.stop();
      }
    });
  });
});
