import { execFile } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NUC, RP4, readPassword } from "../../../src/cli/demo/demo-home.ts";
import { hasKept } from "../../../src/cli/demo/home-sight.ts";
import { DEFAULT_BASE, type HostName, parsePayload } from "../../../src/contract/index.ts";
import { needs } from "../../support/system-parts.ts";
import { bundleWire, type LaterWire, SPEAKS_WIRE_2 } from "../../support/wire/other-wire.ts";
import { type House, openHouse } from "./house-rig.ts";
import { endedAs, stateOf } from "./rollout-sight.ts";

const missing = needs("nix", "mosquitto").skip;

const run = promisify(execFile);
const NIXWAVE = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));

/** What a person sees on a terminal, by a command of the hub's version. */
async function statusOf({ home, broker }: House): Promise<string> {
  const login = ["--user", "demo", "--password-file", home.passwordFile("demo")];
  const asked = ["status", "--broker", broker.url, ...login];
  const env = { ...process.env, COLUMNS: "200" };
  const { stdout } = await run(process.execPath, [...SPEAKS_WIRE_2, NIXWAVE, ...asked], { env });
  return stdout;
}

describe.skipIf(missing)("a hub of wire version 2", { timeout: 100_000 }, () => {
  let house: House;

  /** The agent on this host, and its activator, are of that version from now on. */
  const become = async (host: "rp4" | "nuc", wire: LaterWire): Promise<void> => {
    const folder = join(house.home.directory, `programs-of-${wire}`);
    await bundleWire(wire, folder);
    await house[host].stopAgent();
    await house[host].startAgent(folder);
  };
  /** How the order is written that the broker holds for this host. */
  const orderTypeOf = async (host: HostName): Promise<string> => {
    const { home, broker } = house;
    const login = ["-u", "demo", "-P", await readPassword(home.passwordFile("demo"))];
    const topic = `${DEFAULT_BASE}/hosts/${host}/desired`;
    const place = ["-h", "127.0.0.1", "-p", String(broker.port), "-t", topic, "-C", "1"];
    const { stdout } = await run("mosquitto_sub", [...place, ...login]);
    return parsePayload("desired", Buffer.from(stdout)).order.payloadType;
  };
  const speaks = (host: HostName, wire: readonly number[]) =>
    house.until(`${host} speaks ${wire.join(", ")}`, ({ online, reports }) => {
      return online.has(host) && String(reports.get(host)?.wire) === String(wire);
    });

  beforeAll(async () => {
    house = await openHouse({}, SPEAKS_WIRE_2);
  }, 100_000);
  afterAll(() => house?.close(), 60_000);

  it("deploys an agent of the version before and one of the version after, each in words that it knows", async () => {
    await become("nuc", 3);
    await speaks(RP4, [1]);
    await speaks(NUC, [2, 3]);
    const good = await house.publish("works");
    await house.until("promoted", ({ status }) => endedAs(status, good.title, "Promoted"));
    for (const host of [RP4, NUC]) {
      expect(hasKept(house.watch.sight, host, good.paths.get(host))).toBe(true);
    }
    const shown = await statusOf(house);
    expect(shown).toMatch(/^.*\brp4\b.*its Nixwave is older than the hub's/m);
    expect(shown).toMatch(/^.*\bnuc\b.*its Nixwave is newer than the hub's/m);
    expect(await orderTypeOf(RP4)).toBe("application/vnd.nixwave.desired.v1+json");
    expect(await orderTypeOf(NUC)).toBe("application/vnd.nixwave.desired.v2+json");
  });

  it("orders nothing of an agent two versions ahead, says so, and the others go on", async () => {
    const before = house.watch.sight.reports.get(RP4)?.current;
    const orderBefore = await orderTypeOf(RP4);
    await become("rp4", 4);
    await speaks(RP4, [3, 4]);
    const next = await house.publish("works");
    await house.until("over", ({ status }) => {
      return status?.title === next.title && status.completion !== null;
    });
    const { status, reports } = house.watch.sight;
    expect(hasKept(house.watch.sight, NUC, next.paths.get(NUC))).toBe(true);
    expect(stateOf(status, RP4)).toBe("Skipped");
    expect(status?.hosts.find(({ host }) => host === RP4)?.why).toMatch(
      /wire-too-far: its agent \S+ speaks wire version 3 and 4, this hub 1 and 2/,
    );
    expect(reports.get(RP4)).toMatchObject({ current: before, phase: "idle" });
    expect(await orderTypeOf(RP4)).toBe(orderBefore);
  });

  it("deploys it again once it is one version ahead", async () => {
    await become("rp4", 3);
    await speaks(RP4, [2, 3]);
    const next = await house.publish("works");
    await house.until("promoted", ({ status }) => endedAs(status, next.title, "Promoted"));
    expect(hasKept(house.watch.sight, RP4, next.paths.get(RP4))).toBe(true);
  });
});
