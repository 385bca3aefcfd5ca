import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeAccounts, mosquittoNixos } from "../../src/broker/index.ts";
import { needs } from "../support/system-parts.ts";
import {
  type Dial,
  dialUrl,
  expectedDeliveries,
  measuredDeliveries,
  subjectsOf,
} from "./access-matrix.ts";
import { base, listenerOf, openHome } from "./broker-home.ts";
import { type MosquittoHome, openMosquittoHome, PLAN } from "./mosquitto-home.ts";

const withPassword =
  (url: string): Dial =>
  (account, options) =>
    account.role === "device"
      ? dialUrl(url, { ...options, clientId: "sensor" })
      : dialUrl(url, { ...options, username: account.user, password: account.user });

test("the matrix has something to say about every role", () => {
  const expected = expectedDeliveries(PLAN);
  for (const { user } of subjectsOf(PLAN)) {
    expect(expected.some((line) => line.startsWith(`${user} <`))).toBe(true);
    expect(expected.some((line) => line.includes(`< ${user}:`))).toBe(true);
  }
});

test("our broker delivers exactly what the rules say, for every role and topic", async () => {
  const accounts = await makeAccounts(
    subjectsOf(PLAN)
      .filter(({ role }) => role !== "device")
      .map(({ user, role, topics }) => ({
        ...{ user, role, password: user },
        ...(role === "operator" && topics ? { topics } : {}),
      })),
    base,
    { N: 1024, r: 1, p: 1 },
  );
  const home = await openHome({ accounts, anonymous: { topics: PLAN.deviceTopics } });
  try {
    expect(await measuredDeliveries(PLAN, withPassword(home.url), 1)).toEqual(
      expectedDeliveries(PLAN),
    );
  } finally {
    await home.close();
  }
});

describe.skipIf(needs("mosquitto").skip)("mosquitto, set up by `nixwave acl mosquitto`", () => {
  let home: MosquittoHome;
  beforeAll(async () => {
    home = await openMosquittoHome(PLAN);
  });
  afterAll(() => home.stop());

  const dial: Dial = (account, options) =>
    withPassword(account.role === "device" ? home.openUrl : home.url)(account, options);

  test("delivers exactly what the rules say, for every role and topic", async () => {
    expect(await measuredDeliveries(PLAN, dial, 1)).toEqual(expectedDeliveries(PLAN));
  });

  test("nobody gets in on 8883 without its password", async () => {
    for (const options of [
      {},
      { username: "hub", password: "rp3" },
      { username: "nobody", password: "x" },
    ]) {
      await expect(dialUrl(home.url, { reconnectPeriod: 0, ...options })).rejects.toMatchObject({
        code: 5,
      });
    }
  });

  test.each(["hub", "ci", "rp3", "anyone"])(
    "calling oneself %s on the open listener gives nothing that sensors do not have",
    async (username) => {
      const stranger = await dialUrl(home.openUrl, { username, reconnectPeriod: 0 });
      const hub = await dialUrl(home.url, { username: "hub", password: "hub", reconnectPeriod: 0 });
      const [heard, told] = [listenerOf(stranger), listenerOf(hub)];
      await stranger.subscribeAsync("#", { qos: 1 });
      await hub.subscribeAsync("#", { qos: 1 });
      await hub.publishAsync(`${base}/hosts/rp3/desired`, "secret", { qos: 1 });
      for (const topic of [
        "hosts/rp3/desired",
        "releases/main",
        "hosts/rp3/reported",
        "control/deploy/set",
      ]) {
        await stranger.publishAsync(`${base}/${topic}`, "forged", { qos: 1 });
      }
      await stranger.publishAsync("tele/plug/SENSOR", "fence", { qos: 1 });
      await told.until("tele/plug/SENSOR", "fence");
      await heard.until("tele/plug/SENSOR", "fence");
      expect(heard.heard.map(({ text }) => text)).toEqual(["fence"]);
      expect(told.heard.map(({ text }) => text)).toEqual(["secret", "fence"]);
      stranger.end(true);
      hub.end(true);
    },
  );
});

describe.skipIf(needs("nix").skip)("the NixOS form", () => {
  test("is a module that Nix reads, with every user and both listeners", async () => {
    const text = mosquittoNixos(PLAN);
    const expression = `let m = (${text}); in builtins.toJSON m.services.mosquitto`;
    const { stdout } = await promisify(execFile)("nix-instantiate", [
      "--eval",
      "--json",
      "-E",
      expression,
    ]);
    const mosquitto = JSON.parse(JSON.parse(stdout) as string) as {
      settings: Record<string, unknown>;
      listeners: { port: number; acl?: string[]; users?: Record<string, { acl: string[] }> }[];
    };
    expect(mosquitto.settings).toMatchObject({ autosave_on_changes: false, autosave_interval: 60 });
    expect(mosquitto.listeners.map(({ port }) => port)).toEqual([1883, 8883]);
    const [open, named] = mosquitto.listeners;
    expect(open?.acl?.every((line) => line.startsWith("pattern read"))).toBe(true);
    expect(open?.acl?.join()).not.toContain("deny");
    expect(new Set(Object.keys(named?.users ?? {}))).toEqual(
      new Set(["ci", "hub", "assistant", "anna", "bert", "rp3", "rp4"]),
    );
    expect(named?.users?.["rp3"]?.acl).toContain(`read ${base}/hosts/rp3/desired`);
  });
});
