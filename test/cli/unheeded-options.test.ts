import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseBrokerUrl } from "../../src/bus/index.ts";
import type { FirstFlags } from "../../src/cli/commands/hub-first-flags.ts";
import { firstHomeOf } from "../../src/cli/commands/hub-first-flags.ts";
import { lostPort, unheededOptions } from "../../src/cli/unheeded-options.ts";
import {
  type Channel,
  type FleetName,
  formatPublicKey,
  formatSecretKey,
  type HostName,
  parseKeyName,
  parseSecretKey,
} from "../../src/contract/index.ts";
import { fillFlow } from "../../src/hub/index.ts";
import { parseLanguage, parseTimeZone } from "../../src/people/index.ts";

const hosts = (...names: readonly string[]) => names as readonly HostName[];
const keyOf = (name: string): string => {
  const secret = formatSecretKey(parseKeyName(name), Buffer.alloc(32, name));
  return formatPublicKey(parseSecretKey(secret).publicKey);
};

/** What the first start was told, and has written. */
const FIRST: Asked = {
  ...{ fleet: "home" as FleetName, channel: "main" as Channel, host: hosts("rp4", "nuc") },
  ...{ carrier: hosts("nuc"), releaseKey: [keyOf("ci-1")], flow: "minimal" },
  ...{ language: parseLanguage("en"), zone: parseTimeZone("Europe/Berlin") },
  ...{ ntfyTopic: "home", ntfyServer: "https://ntfy.sh" },
  ...{ releaseUrl: "https://example.org/r.json", releaseEvery: "5m" },
  broker: parseBrokerUrl("mqtt://nuc.lan:1883"),
};
type Asked = FirstFlags & { readonly broker?: ReturnType<typeof parseBrokerUrl> };

let folder: string;
const places = () => ({ flow: join(folder, "own.json"), flowGiven: join(folder, "given.json") });
const write = (file: string, nodes: unknown): Promise<void> =>
  writeFile(file, JSON.stringify(nodes));
/** The editor's save. */
async function change(type: string, fields: object): Promise<void> {
  const nodes = JSON.parse(await readFile(places().flow, "utf8")) as { type: string }[];
  await write(
    places().flow,
    nodes.map((node) => (node.type === type ? { ...node, ...fields } : node)),
  );
}
const startWith = async (flags: Asked): Promise<readonly string[]> => {
  const lines = await unheededOptions(flags, await firstHomeOf({ cwd: folder } as never, flags), {
    ...places(),
  });
  return lines.map((line) => line.replace(/ says something else.*/, ""));
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nixwave-unheeded-"));
  const carried = (host: string) => ({ host, carries: host === "nuc" ? ["hub"] : [] });
  const { flow } = fillFlow(await readFile("flows/minimal.json", "utf8"), {
    fleet: {
      ...{ fleet: "home", channel: "main", language: "en", zone: "Europe/Berlin" },
      ...{ hosts: ["rp4", "nuc"].map(carried), releaseKeys: keyOf("ci-1") },
    },
    broker: { broker: "nuc.lan", port: "1883", usetls: false },
    notify: { topic: "home" },
    release: { url: "https://example.org/r.json" },
  });
  for (const file of Object.values(places())) await writeFile(file, flow);
});
afterEach(() => rm(folder, { recursive: true }));

describe("a later start of the hub", () => {
  it("has nothing to say of the options of the first one, nor of options left out", async () => {
    expect(await startWith(FIRST)).toEqual([]);
    expect(await startWith({})).toEqual([]);
  });

  it.each<[string, Asked]>([
    ["--fleet (NixOS: fleet)", { fleet: "cabin" as FleetName }],
    ["--channel (NixOS: channel)", { channel: "beta" as Channel }],
    ["--host (NixOS: hosts)", { host: hosts("rp4", "nuc", "rp3") }],
    ["--host (NixOS: hosts)", { host: hosts("nuc", "rp4") }],
    ["--carrier (NixOS: carriers)", { carrier: hosts("rp4", "nuc") }],
    ["--release-key (NixOS: releaseKeys)", { releaseKey: [keyOf("ci-1"), keyOf("ci-2")] }],
    ["--flow (NixOS: flow)", { flow: "homelab" }],
    ["--language (NixOS: language)", { language: parseLanguage("de") }],
    ["--zone (NixOS: timeZone)", { zone: parseTimeZone("Europe/Paris") }],
    ["--ntfy-topic (NixOS: ntfy.topic)", { ntfyTopic: "cabin" }],
    ["--ntfy-server (NixOS: ntfy.server)", { ntfyServer: "https://ntfy.example" }],
    ["--release-url (NixOS: release.url)", { releaseUrl: "https://example.org/other.json" }],
    ["--release-every (NixOS: release.every)", { releaseEvery: "1m" }],
    ["--broker (NixOS: broker.url)", { broker: parseBrokerUrl("mqtts://nuc.lan:8883") }],
  ])("says that %s counts no more, when it was changed", async (named, changed) => {
    expect(await startWith({ ...FIRST, ...changed })).toEqual([named]);
  });

  it("is content once the flow says what the option says", async () => {
    const asked = { ...FIRST, host: hosts("rp4", "nuc", "rp3") };
    await change("nixwave-fleet", { hosts: asked.host?.map((host) => ({ host, carries: [] })) });
    expect(await startWith(asked)).toEqual([]);
  });

  it("leaves whoever changed the flow alone", async () => {
    await change("nixwave-fleet", { hosts: [], language: "de", fleet: "cabin" });
    await change("nixwave-notify", { topic: "other" });
    expect(await startWith(FIRST)).toEqual([]);
  });

  it("says where it is changed", async () => {
    const first = await firstHomeOf({ cwd: folder } as never, { host: hosts("rp3") });
    expect(await unheededOptions({ host: hosts("rp3") }, first, places())).toEqual([
      expect.stringMatching(/first start only: change Hosts of the fleet node in the editor$/),
    ]);
  });

  it.each([
    ["is no flow", "{}"],
    ["is half written", "[{"],
    ["is strange", '[{"id":"a","type":"nixwave-fleet","hosts":[null,7]}]'],
  ])("does not fail where the flow %s", async (_, text) => {
    for (const file of Object.values(places())) await writeFile(file, text);
    await expect(startWith(FIRST)).resolves.toBeInstanceOf(Array);
  });
});

describe("the embedded broker's port", () => {
  const local = { broker: "127.0.0.1", port: "1883", usetls: false };
  beforeEach(async () => {
    await change("mqtt-broker", local);
    await writeFile(places().flowGiven, await readFile(places().flow, "utf8"));
  });

  it("is missed by a flow that still asks for another one", async () => {
    expect(await lostPort([1884, 8883], places())).toMatch(/on port 1883.*Port of the broker node/);
    expect(await lostPort([8883, 1883], places())).toBeNull();
  });

  it("is not missed by a flow that was led elsewhere", async () => {
    await change("mqtt-broker", { broker: "nuc.lan" });
    expect(await lostPort([1884], places())).toBeNull();
  });
});
