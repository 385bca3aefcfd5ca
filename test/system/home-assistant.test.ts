import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { clientIdFor, openBus } from "../../src/bus/index.ts";
import { type ConductorOptions, openConductor } from "../../src/conductor/index.ts";
import {
  DEFAULT_BASE,
  instant,
  parseHostName,
  parseSessionId,
  parseUserName,
} from "../../src/contract/index.ts";
import { parseTimeZone } from "../../src/people/index.ts";
import { parsePlan } from "../../src/rollout/index.ts";
import { accepts, isDiscovery, isUpdateState } from "../people/home-assistant-schemas.ts";
import { CHANNEL, CI_KEY, FLEET, HUB_KEY, trusting } from "../support/contract-builders.ts";
import { needs } from "../support/system-parts.ts";
import { dialUrl } from "./access-matrix.ts";
import { type MosquittoHome, openMosquittoHome, PLAN } from "./mosquitto-home.ts";

const [rp3, rp4] = ["rp3", "rp4"].map(parseHostName) as [never, never];
const HA = { prefix: "homeassistant", operator: parseUserName("assistant"), version: "0.1.0" };
const CONFIGS = "homeassistant/device/+/config";
const SOON = { timeout: 20_000, interval: 50 };

interface Heard {
  readonly topic: string;
  readonly text: string;
  readonly retain: boolean;
}
type Component = Readonly<Record<string, string>>;

describe.skipIf(needs("mosquitto").skip)(
  "Home Assistant on mosquitto, set up by `nixwave acl mosquitto --home-assistant`",
  () => {
    let home: MosquittoHome;
    let folder: string;
    let assistant: Awaited<ReturnType<typeof dialUrl>>;
    const heard: Heard[] = [];
    const failures: string[] = [];
    let close: () => Promise<void> = async () => undefined;

    async function openHub(options: Partial<ConductorOptions>): Promise<void> {
      const session = parseSessionId(randomUUID());
      const bus = await openBus({
        ...{ broker: home.url, clientId: clientIdFor("hub", "test"), username: "hub" },
        ...{ password: "hub", presence: { address: { kind: "hubStatus" }, session } },
      });
      const hub = await openConductor({
        ...{ bus, session, folder: join(folder, "state"), fleet: FLEET, channel: CHANNEL },
        ...{
          base: DEFAULT_BASE,
          hosts: [rp3, rp4],
          releaseKeys: trusting(1, CI_KEY),
          key: HUB_KEY,
        },
        plan: parsePlan({ hosts: [rp3, rp4] }),
        home: { language: "en", zone: parseTimeZone("UTC") },
        clock: () => instant(Date.now()),
        isClockSynchronised: () => true,
        onFailed: (error) => failures.push(error.message),
        ...options,
      });
      await expect.poll(() => hub.view.isLearning, SOON).toBe(false);
      close = async () => {
        await hub.close();
        await bus.close();
      };
    }

    const last = (topic: string) => heard.findLast((one) => one.topic === topic)?.text;
    const configs = () => heard.filter(({ topic }) => /^homeassistant\/device\//.test(topic));
    const part = (device: string, name: string): Component => {
      const config = JSON.parse(last(`homeassistant/device/nixwave_v1_${device}/config`) ?? "{}");
      return config.components[name] as Component;
    };
    /** As Home Assistant does: what the discovered entity says is published where it says. */
    const press = async (component: Component, payload: string): Promise<void> => {
      await assistant.publishAsync(String(component["command_topic"]), String(component[payload]), {
        qos: 1,
      });
    };

    beforeAll(async () => {
      home = await openMosquittoHome(PLAN);
      folder = await mkdtemp(join(tmpdir(), "nixwave-assistant-"));
      const login = { username: "assistant", password: "assistant", clientId: "assistant" };
      assistant = await dialUrl(home.url, { ...login, reconnectPeriod: 0 });
      assistant.on("message", (topic, bytes, { retain }) =>
        heard.push({ topic, text: bytes.toString(), retain }),
      );
      const below = `${DEFAULT_BASE}`;
      await assistant.subscribeAsync([
        ...[CONFIGS, `${below}/screens/#`, `${below}/hub/status`, `${below}/control/#`],
      ]);
    });
    afterEach(() => close());
    afterAll(async () => {
      assistant.end(true);
      await home.stop();
      await rm(folder, { recursive: true, force: true });
    });

    it("finds hub and hosts, and every topic that they name says something at once", async () => {
      await openHub({ homeAssistant: HA });
      await expect.poll(() => configs().length, SOON).toBe(3);
      for (const { text } of configs()) accepts(isDiscovery, JSON.parse(text));
      const topics = configs().flatMap(({ text }) =>
        Object.values(JSON.parse(text).components as Record<string, Component>).flatMap((one) =>
          one["platform"] === "event" || !one["state_topic"] ? [] : [one["state_topic"]],
        ),
      );
      const silent = new Set(["hosts/rp3/availability", "hosts/rp4/availability"]);
      for (const topic of topics) {
        const isOfHost = silent.has(topic.slice(DEFAULT_BASE.length + 1)); // the hosts here are not switched on
        const isHold = topic.includes("/control/hold/"); // before anybody held
        if (!isOfHost && !isHold) await expect.poll(() => last(topic), SOON).toBeDefined();
      }
      accepts(isUpdateState, JSON.parse(last(`${DEFAULT_BASE}/screens/hosts/rp4/update`) ?? ""));
    });

    it("is answered at its birth with all of it, published anew", async () => {
      await openHub({ homeAssistant: HA });
      const before = configs().length;
      await assistant.publishAsync("homeassistant/status", "online");
      await expect.poll(() => configs().length, SOON).toBeGreaterThanOrEqual(before + 3);
    });

    it("holds with its switch, and its Install is answered in its own name", async () => {
      await openHub({ homeAssistant: HA });
      const hold = part("hub", "hold");
      const isHeld = async (): Promise<string | undefined> => {
        await press(hold, "payload_on"); // again, until the hub that has just begun listens
        return last(String(hold["state_topic"]));
      };
      await expect.poll(isHeld, SOON).toBe("ON");
      await expect
        .poll(() => last(String(part("hub", "why")["state_topic"])), SOON)
        .toMatch(/^held by Home Assistant, until/);
      await press(hold, "payload_off");
      await expect.poll(() => last(String(hold["state_topic"])), SOON).toBe("OFF");
      await press(part("host_rp4", "update"), "payload_install");
      await expect
        .poll(() => last(`${DEFAULT_BASE}/control/assistant/response`), SOON)
        .toContain("no release waits");
    });

    it("loses a host that left, and everything when the tick is taken back: nothing stays on the broker", async () => {
      await openHub({ homeAssistant: HA, hosts: [rp4] });
      await expect
        .poll(() => last("homeassistant/device/nixwave_v1_host_rp3/config"), SOON)
        .toBe("");
      expect(last("homeassistant/device/nixwave_v1_host_rp4/config")).not.toBe("");
      await close();
      await openHub({});
      await expect.poll(() => last("homeassistant/device/nixwave_v1_hub/config"), SOON).toBe("");
      await expect
        .poll(() => last("homeassistant/device/nixwave_v1_host_rp4/config"), SOON)
        .toBe("");
      expect(failures).toEqual([]);
    });
  },
);
