import { describe, expect, it } from "vitest";
import { parseChannel, parseFleetName, parseHostName } from "../../../src/contract/index.ts";
import {
  counting,
  DAY_MS,
  desiredBytes,
  keyFrom,
  NOON,
  ordered,
  orderOf,
  releasedOn,
  sealOrder,
  sealStatement,
  serialAt,
  statementOf,
  utf8,
} from "../../support/contract-builders.ts";
import { OLD, type PlayedHost, playHost } from "./played-host.ts";
import { GOOD_DAY, order, play } from "./stories.ts";

const STRANGER = keyFrom("stranger-1");
const fresh = { counter: counting(NOON + 50) };
const signed = (differences: Parameters<typeof statementOf>[1]) =>
  ordered(sealStatement(statementOf("evil", differences)), { ...fresh, goal: "trial" });

/** The threats that reach a host through the broker: what they send, and how the host says no. */
const ATTACKS: readonly (readonly [string, () => Uint8Array, string])[] = [
  ["a statement for another host", () => signed({ host: parseHostName("nuc") }), "wrong-host"],
  [
    "a statement for another fleet",
    () => signed({ fleet: parseFleetName("other") }),
    "wrong-fleet",
  ],
  [
    "a statement for another channel",
    () => signed({ channel: parseChannel("beta") }),
    "wrong-channel",
  ],
  [
    "a statement that a stranger signed",
    () => ordered(sealStatement(statementOf("evil"), STRANGER), { ...fresh, goal: "trial" }),
    "signature-invalid",
  ],
  [
    "CI's statement with an order that a stranger signed",
    () => {
      const release = releasedOn(0, "new");
      return desiredBytes(sealOrder(orderOf(release.digest, fresh), STRANGER), release);
    },
    "signature-invalid",
  ],
  [
    "an order for one statement beside another one",
    () => {
      const other = releasedOn(0, "other");
      return desiredBytes(sealOrder(orderOf(releasedOn(0, "new").digest, fresh)), other);
    },
    "statement-mismatch",
  ],
  [
    "an order from before the host slept",
    () => order("trial", 50, { notAfter: (NOON - 1) as never }),
    "order-stale",
  ],
  [
    "a serial far in the future, to shut every honest release out",
    () => signed({ serial: serialAt(3 * DAY_MS) }),
    "serial-in-future",
  ],
  ["nothing that is signed at all", () => utf8('{"v":1}'), "invalid-field"],
  ["a commit without a trial", () => order("commit", 50), "not-in-trial"],
];

async function reject(host: PlayedHost, bytes: Uint8Array, code: string): Promise<void> {
  const before = [...host.reality.did];
  await host.drop(bytes);
  await host.run();
  expect((await host.report()).refusal?.code).toBe(code);
  expect(host.reality.did).toEqual(before);
}

describe("who owns the broker, but no key", () => {
  it.each(ATTACKS)("changes nothing by %s", async (_what, bytes, code) => {
    await using host = await playHost();
    await reject(host, bytes(), code);
    expect(host.reality.current).toBe(OLD);
  });

  it("cannot replay an order, also after a restart of everything", async () => {
    await using host = await playHost();
    await play(host, GOOD_DAY);
    host.losePower();
    await reject(host, order("trial", 2), "order-replayed");
  });

  it("cannot bring back what was signed before the committed release", async () => {
    await using host = await playHost();
    await play(host, GOOD_DAY);
    const older = releasedOn(-1, "older");
    await reject(
      host,
      ordered(older, { ...fresh, goal: "trial", attempt: 7 }),
      "serial-below-floor",
    );
  });

  it("cannot give one counter to two orders, nor one serial to two closures", async () => {
    await using host = await playHost();
    await play(host, GOOD_DAY);
    await reject(host, order("trial", 3, { attempt: 9 }), "order-equivocation");
    const twin = ordered(releasedOn(0, "twin"), { ...fresh, goal: "trial", attempt: 9 });
    await reject(host, twin, "serial-equivocation");
  });

  it("reopens no attempt that has ended", async () => {
    await using host = await playHost();
    await play(host, GOOD_DAY);
    const before = [...host.reality.did];
    await host.drop(order("trial", 60));
    await host.run();
    expect(host.reality.did).toEqual(before);
    expect((await host.report()).outcome?.code).toBe("succeeded");
  });
});
