import { readFile, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { clientIdFor } from "../../src/bus/index.ts";
import {
  instant,
  parseHoldSource,
  parseTopicBase,
  type RolloutStatus,
} from "../../src/contract/index.ts";
import { startAedes, startMosquitto } from "../support/brokers.ts";
import { makeAuthority } from "../support/certificates.ts";
import {
  CHANNEL,
  DAY_MS,
  keyFrom,
  orderOf,
  reportedOf,
  sealOrder,
} from "../support/contract-builders.ts";
import { needs } from "../support/system-parts.ts";
import { furnish, KEYS, openDoctorRig, rp3, rp4, SESSIONS, signedFor } from "./doctor-rig.ts";
import { openMosquittoHome, PLAN } from "./mosquitto-home.ts";

const { kept, connected, doctor, at, nixwave } = openDoctorRig();

describe.skipIf(needs("mosquitto").skip)("the doctor at a mosquitto with users and rules", () => {
  test("finds nothing, as an operator, in a home that is well, and says what it cannot know", async () => {
    const { url } = await kept(openMosquittoHome(PLAN));
    await furnish((user, more) => connected(url, user, more));
    const seen = await doctor(url, KEYS, "anna");
    expect(seen.ids("found")).toEqual([]);
    const unsure = seen.ids("unknown").filter((id) => id !== "clock"); // as the machine of the test has it
    expect(unsure).toEqual(["sensor-silent", "web-away", "flow-invalid"]);
    expect([seen.status, seen.stderr]).toEqual([
      1,
      expect.stringContaining("error[doctor-unsure]"),
    ]);
    const told = await doctor(
      url,
      [...KEYS, "--skip", "sensor-silent,web-away,flow-invalid,clock"],
      "anna",
    );
    expect([told.status, told.ids("ok").length]).toEqual([0, 22]);
  });

  test("looks at the address of the devices too: strangers are let in there, and can do nothing", async () => {
    const { url, openUrl } = await kept(openMosquittoHome(PLAN));
    await furnish((user, more) => connected(url, user, more));
    expect((await doctor(url, [], "anna")).of("acl-too-open")).toEqual([
      "ok",
      "strangers are not let in",
    ]);
    const seen = await doctor(url, ["--open-broker", openUrl], "anna");
    expect(seen.of("acl-too-open")).toEqual(["ok", "strangers can neither read nor write orders"]);
  });

  test("finds an account that is given too little", async () => {
    const { url } = await kept(openMosquittoHome(PLAN));
    await furnish((user, more) => connected(url, user, more));
    expect((await doctor(url, [], "ci")).of("acl-too-tight")[0]).toBe("found");
  });

  test("finds a wrong password, and asks nothing more", async () => {
    const { url } = await kept(openMosquittoHome(PLAN));
    const env = { NIXWAVE_BROKER_PASSWORD: "guess" };
    const ran = await nixwave(["doctor", "--broker", url, "--user", "anna"], { env });
    expect([ran.status, ran.stdout]).toEqual([1, expect.stringContaining("✗ broker-unreachable")]);
    expect(ran.stdout).toContain("Check user name, password");
    expect(ran.stdout).not.toContain("✓");
  });

  test("finds what hosts say of themselves, and what CI and hub left behind", async () => {
    const { url } = await kept(openMosquittoHome(PLAN));
    const hub = await furnish((user, more) => connected(url, user, more));
    const bad = reportedOf("old", {
      ...{
        phase: "locked",
        freeBytes: 1000,
        agent: "0.0.1",
        rebootRequired: true,
        clock: "unsynchronised",
      },
      ...{ floor: Date.now() + DAY_MS, at: instant(Date.now()) },
      outcome: { code: "failed", reason: "closure-untrusted", message: "no signature" },
      refusal: {
        code: "other-deploy-agent",
        message: "comin",
        counter: null,
        at: instant(Date.now()),
      },
    });
    const host = await connected(url, "rp4");
    await host.publish({ kind: "reported", host: rp4 }, bad);
    const late = signedFor(rp4, keyFrom("ci-2"), DAY_MS);
    const ci = await connected(url, "ci");
    await ci.publish({ kind: "release", channel: CHANNEL }, { v: 1, statements: [late.envelope] });
    const order = sealOrder(
      orderOf(late.digest, { issued: instant(Date.now()) }),
      keyFrom("hub-2"),
    );
    await hub.publish(
      { kind: "desired", host: rp4 },
      { v: 1, order: order.envelope, statement: late.envelope },
    );
    const since = instant(Date.now() - 3 * DAY_MS);
    const pause = { condition: "Hold", since, why: "held by dash" };
    const status: RolloutStatus = {
      ...{ v: 1, hub: SESSIONS[0], rollout: null, channel: CHANNEL, serial: null, title: null },
      ...{ phase: "Progressing", completion: null, hosts: [], why: "", at: instant(Date.now()) },
      paused: [pause],
    };
    await hub.publish({ kind: "rolloutStatus" }, status);
    await hub.publish({ kind: "holdState", source: parseHoldSource("dash") }, "ON" as never);
    const seen = await doctor(url, KEYS, "anna");
    expect(new Set(seen.ids("found"))).toEqual(
      new Set([
        ...["agent-old", "cache", "clock", "disk-full", "hold-forgotten", "hub-key", "locked"],
        ...["ratchet-ahead", "reboot", "release-key", "statement-expired", "two-agents"],
      ]),
    );
    expect(seen.status).toBe(1);
  });
});

describe.skipIf(needs("mosquitto").skip)("the doctor at a mosquitto as it is installed", () => {
  test("finds that strangers can read and write orders, and leaves no trace", async () => {
    const { url } = await kept(startMosquitto());
    await furnish((_user, more) => connected(url, undefined, more));
    const watcher = await connected(url);
    const heard: string[] = [];
    await watcher.subscribe({ kind: "desired" }, ({ address }) => void heard.push(address.host));
    const [state, said] = (await doctor(url)).of("acl-too-open");
    expect([state, said]).toEqual(["found", expect.stringContaining("can write orders")]);
    expect(said).toContain("can read hosts/<host>/desired");
    expect(said).toContain("whoever reaches this broker can delay hosts");
    const left = await watcher.snapshot("desired", { timeoutMs: 5000 });
    expect(new Set(left.map(({ address }) => address.host))).toEqual(new Set(["rp3", "rp4"]));
    expect(new Set(heard)).toEqual(new Set(["rp3", "rp4"]));
  });

  test("finds a host below another base, a hub that has gone, and one that never came", async () => {
    const { url } = await kept(startMosquitto());
    expect((await doctor(url)).of("hub-away")[1]).toContain("no hub was ever here");
    const base = parseTopicBase("nixwave/v2");
    const presence = { address: { kind: "availability", host: rp3 }, session: SESSIONS[1] };
    await connected(url, undefined, { base, presence });
    const hubThere = { address: { kind: "hubStatus" }, session: SESSIONS[0] };
    const hub = await connected(url, undefined, { presence: hubThere });
    await hub.close();
    const seen = await doctor(url);
    expect(seen.of("base-topic")).toEqual(["found", "below nixwave/v2, not nixwave/v1: rp3"]);
    expect(seen.of("hub-away")).toEqual(["found", "the hub has gone"]);
  });

  test("finds that the broker has lost what it must retain", async () => {
    const { url } = await kept(startMosquitto());
    await furnish((_user, more) => connected(url, undefined, more));
    const one = await connected(url);
    await one.clear({ kind: "release", channel: CHANNEL });
    await one.clear({ kind: "reported", host: rp3 });
    const [state, said] = (await doctor(url)).of("retained-lost");
    expect([state, said.split("\n")]).toEqual([
      "found",
      [
        "rp3 is online, and no report of it is there",
        "releases/main is empty, though hosts have run releases",
      ],
    ]);
  });

  test("finds two hubs that throw each other out", async () => {
    const { url } = await kept(startMosquitto());
    const clientId = clientIdFor("hub", "nodes", "1");
    const pace = { firstMs: 50, maxMs: 50 };
    for (const session of SESSIONS) {
      const presence = { address: { kind: "hubStatus" }, session };
      await connected(url, undefined, { clientId, presence, reconnect: pace });
    }
    const seen = await doctor(url, ["--listen", "2s"]);
    expect(seen.of("two-hubs")).toEqual([
      "found",
      expect.stringContaining("took turns on hub/status"),
    ]);
  });

  test("finds a sensor of the flow that is silent for as long as its gate waits, and hears one that is not", async () => {
    const { url } = await kept(startMosquitto());
    const flow = JSON.parse(await readFile("flows/homelab.json", "utf8")) as Record<
      string,
      unknown
    >[];
    const rows = [
      { topic: "tele/bath/SENSOR", is: "live", expireAfter: "1s" },
      { topic: "tele/attic/SENSOR", is: "live", expireAfter: "1s" },
    ];
    await writeFile(
      at("flows.json"),
      JSON.stringify(flow.map((one) => (one["type"] === "nixwave-gate" ? { ...one, rows } : one))),
    );
    const sensor = await connected(url);
    const talk = setInterval(() => sensor.say("tele/attic/SENSOR", Buffer.from("{}")), 50);
    const seen = await doctor(url, ["--flow", "flows.json", "--listen", "1s"]).finally(() =>
      clearInterval(talk),
    );
    expect(seen.of("sensor-silent")).toEqual(["found", "tele/bath/SENSOR: nothing in 1 s"]);
    expect(seen.of("never-reported")[1]).toContain("nuc: no report");
    expect(seen.of("flow-invalid")[1]).toContain("names no release key");
  });
});

describe("the doctor without a broker", () => {
  test.each([
    ["a name that nobody knows", "mqtt://no-such-home.invalid", "ENOTFOUND|EAI_AGAIN"],
    ["a port on which nobody listens", "mqtt://127.0.0.1:1", "ECONNREFUSED"],
  ])("says that it was not reached: %s", async (_what, url, says) => {
    const [state, said] = (await doctor(url, ["--timeout", "10s"])).of("broker-unreachable");
    expect([state, said]).toEqual(["found", expect.stringMatching(says)]);
  });

  test("says that a port speaks no TLS", async () => {
    const broker = await kept(startAedes());
    const seen = await doctor(`mqtts://127.0.0.1:${broker.port}`, ["--timeout", "5s"]);
    expect(seen.of("broker-unreachable")[0]).toBe("found");
    expect(seen.ids("ok")).toEqual([]);
  });
});

describe.skipIf(needs("mosquitto", "openssl").skip)("the doctor at a broker with TLS", () => {
  test("names a certificate that nobody here trusts, and is content with its authority", async () => {
    const { ca, server } = await makeAuthority("anna");
    const config = `listener $PORT 127.0.0.1\nallow_anonymous true\ncertfile $DIR/cert\nkeyfile $DIR/key\n`;
    const { port } = await kept(
      startMosquitto({ config, files: { cert: server.cert, key: server.key } }),
    );
    const url = `mqtts://localhost:${port}`;
    await writeFile(at("ca.pem"), ca);
    const [state, said] = (await doctor(url)).of("broker-unreachable");
    expect([state, said]).toEqual([
      "found",
      expect.stringContaining("certificate that is not trusted"),
    ]);
    expect((await doctor(url, ["--ca", "ca.pem"])).of("broker-unreachable")[0]).toBe("ok");
  });
});
