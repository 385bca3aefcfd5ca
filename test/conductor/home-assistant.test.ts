import { describe, expect, it } from "vitest";
import { parseHostName, parseUserName } from "../../src/contract/index.ts";
import { parsePlan } from "../../src/rollout/index.ts";
import { accepts, isDiscovery, isUpdateState } from "../people/home-assistant-schemas.ts";
import { doWell, nuc, PlayedHome, planWith, releaseOf, rp4 } from "./played-home.ts";

const operator = parseUserName("assistant");
const ha = { prefix: "homeassistant", operator, version: "0.1.0" };
const HUB = "homeassistant/device/nixwave_v1_hub/config";
const of = (host: string) => `homeassistant/device/nixwave_v1_host_${host}/config`;

const announced = (home: PlayedHome, prefix = "homeassistant") =>
  new Set([...home.broker.retained.keys()].filter((topic) => topic.startsWith(`${prefix}/`)));
const asks = (home: PlayedHome, action: "install" | "approve", host = rp4) =>
  home.broker.tell({ kind: "controlRequest", user: operator }, { id: "ha" as never, action, host });
const answers = (home: PlayedHome) =>
  home.broker.heard({ kind: "controlResponse", user: operator });

describe("Home Assistant", () => {
  it("is told nothing unless it is ticked", async () => {
    await using home = new PlayedHome();
    await home.open();
    await home.restart({ homeAssistant: null });
    expect(announced(home)).toEqual(new Set());
    expect([...home.bus.filters.keys()].filter((one) => one.startsWith("homeassistant"))).toEqual(
      [],
    );
  });

  it("discovers the hub and every host, as its closed schemas say", async () => {
    await using home = new PlayedHome();
    await home.open({ homeAssistant: ha });
    expect(announced(home)).toEqual(new Set([HUB, of("rp4"), of("nuc")]));
    for (const topic of announced(home)) {
      accepts(isDiscovery, JSON.parse(String(home.broker.retained.get(topic))));
    }
  });

  it("is answered when it says that it is there, and not when the broker repeats that", async () => {
    await using home = new PlayedHome();
    await home.open({ homeAssistant: ha });
    const times = () => home.broker.said.filter(({ topic }) => topic === HUB).length;
    expect(times()).toBe(1);
    home.broker.publish("homeassistant/status", Buffer.from("online"), false);
    expect(times()).toBe(2);
    home.broker.publish("homeassistant/status", Buffer.from("offline"), false);
    home.broker.again("homeassistant/status", Buffer.from("online"));
    expect(times()).toBe(2);
  });

  it("loses a host that left the fleet, and all of it when the tick is taken back", async () => {
    await using home = new PlayedHome();
    await home.open({ homeAssistant: ha });
    await home.restart({ homeAssistant: ha, hosts: [nuc] });
    expect(announced(home)).toEqual(new Set([HUB, of("nuc")]));
    await home.restart();
    expect(announced(home)).toEqual(new Set());
  });

  it("finds everything below its new prefix, and nothing below the old one", async () => {
    await using home = new PlayedHome();
    await home.open({ homeAssistant: ha });
    await home.restart({ homeAssistant: { ...ha, prefix: "house/ha" } });
    expect(announced(home)).toEqual(new Set());
    expect(announced(home, "house/ha").size).toBe(3);
  });

  it("takes away what an earlier process had announced and not taken away", async () => {
    await using home = new PlayedHome();
    await home.open({ homeAssistant: ha });
    const { retainForeign } = home.bus;
    await home.hub?.close();
    home.bus.retainForeign = () => Promise.reject(new Error("the broker is away"));
    home.hub = null;
    await home.open({ hosts: [nuc] });
    expect(announced(home).size).toBe(3);
    home.bus.retainForeign = retainForeign;
    await home.restart();
    expect(announced(home)).toEqual(new Set());
  });

  it("sees progress, versions and what the release changes, on each host's own topic", async () => {
    await using home = new PlayedHome();
    const summary = {
      ...{ downloadBytes: 1_048_576, unpackedBytes: 0, packagesTotal: 1, unitsTotal: 0 },
      packages: ["openssl: 3.0.12 -> 3.0.13"],
      ...{ stop: [], restart: [], start: [], reload: [] },
    };
    home.play(rp4, () => ({ phase: "staged", summary }));
    home.play(nuc, () => ({ phase: "staging" }));
    const hub = await home.open({ homeAssistant: ha });
    hub.offer(releaseOf("new", home.clock.now));
    await home.clock.pass(10_000);
    const update = home.broker.held({ kind: "screenHostUpdate", host: rp4 });
    accepts(isUpdateState, update);
    expect(update?.release_summary).toContain("Packages: openssl: 3.0.12 → 3.0.13. Fetches 1");
  });
});

describe("Install in Home Assistant", () => {
  it("begins what waits", async () => {
    await using home = new PlayedHome();
    home.play(rp4);
    home.play(nuc);
    const hub = await home.open({ homeAssistant: ha, plan: planWith({ start: "manual" }) });
    hub.offer(releaseOf("new", home.clock.now));
    await home.clock.pass(60_000);
    expect(home.broker.held({ kind: "screenAsks" })).toBe("ON");
    asks(home, "install");
    await home.clock.pass(60_000);
    expect(answers(home)).toMatchObject([{ status: "accepted" }]);
    expect(home.broker.held({ kind: "rolloutStatus" })?.completion).toBe("Promoted");
  });

  it.each(["host", "group"])(
    "approves that host where its %s asks, and no other",
    async (approval) => {
      await using home = new PlayedHome();
      home.play(rp4);
      home.play(nuc);
      const groups = [rp4, nuc].map((host) => ({ name: host, hosts: [host], approval }));
      const plan = parsePlan({ groups, settle: "0s", soak: "0s", lease: "10m" });
      const hub = await home.open({ homeAssistant: ha, plan });
      hub.offer(releaseOf("new", home.clock.now));
      await home.clock.pass(60_000);
      expect(home.broker.held({ kind: "screenAsks" })).toBe("ON");
      if (approval === "host") {
        expect(home.broker.held({ kind: "screenHostAsks", host: rp4 })).toBe("ON");
      }
      asks(home, "install");
      await home.clock.pass(60_000);
      expect(answers(home)).toMatchObject([{ status: "accepted" }]);
      expect(hub.view.hosts.map(({ stepState }) => stepState)).toEqual(["Succeeded", "Staged"]);
      expect(home.broker.held({ kind: "screenHostAsks", host: rp4 })).toBe("OFF");
    },
  );

  it("says why nothing can be installed", async () => {
    await using home = new PlayedHome();
    await home.open({ homeAssistant: ha });
    asks(home, "install", parseHostName("x1"));
    expect(answers(home)).toMatchObject([{ status: "refused", message: "no release waits" }]);
  });

  it("never approves a reboot: nobody has read its risk there", async () => {
    await using home = new PlayedHome();
    home.play(rp4, (order, statement) => {
      if (order.goal !== "trial") return { ...doWell(order, statement), bootRisk: "one-shot" };
      return {
        ...{ phase: "idle", bootRisk: "one-shot" },
        outcome: { code: "needs-reboot", reason: "reboot-required", message: "" },
      };
    });
    home.play(nuc);
    const hub = await home.open({ homeAssistant: ha });
    hub.offer(releaseOf("new", home.clock.now));
    await home.clock.pass(60_000);
    expect(home.broker.held({ kind: "screenHostReboot", host: rp4 })).toBe("ON");
    expect(home.broker.held({ kind: "screenHostAsks", host: rp4 })).toBe("ON");
    asks(home, "install");
    await home.clock.pass(1_000);
    expect(answers(home)).toMatchObject([{ status: "refused" }]);
    expect(home.orders.some(({ goal }) => goal === "boot")).toBe(false);
    asks(home, "approve");
    await home.clock.pass(60_000);
    expect(home.orders.some(({ goal }) => goal === "boot")).toBe(true);
  });
});

describe("a question of the wires", () => {
  it("can be answered by that host's approval button as long as it is open", async () => {
    await using home = new PlayedHome();
    const hub = await home.open({ homeAssistant: ha });
    const key = { rollout: "r-1" as never, host: rp4, attempt: 1 };
    const heard: unknown[] = [];
    hub.pose({ key, text: "", until: null }, (answer) => heard.push(answer));
    await home.clock.pass(200);
    expect(home.broker.held({ kind: "screenHostAsks", host: rp4 })).toBe("ON");
    asks(home, "approve");
    await home.clock.pass(200);
    expect(heard).toEqual([{ approved: true, by: "assistant" }]);
    expect(home.broker.held({ kind: "screenHostAsks", host: rp4 })).toBe("OFF");
  });
});
