import { describe, expect, it } from "vitest";
import { openHostMemory } from "../../../agent/activator/host-memory.ts";
import type { MemoryForm } from "../../../agent/activator/memory-forms.ts";
import { instant } from "../../../src/contract/index.ts";
import { NOON, utf8 } from "../../support/contract-builders.ts";
import { FIRST, SECOND, THIRD } from "./later-forms.ts";
import { ModelDisk } from "./model-disk.ts";
import { NEW, OLD, type PlayedHost, playHost } from "./played-host.ts";
import { GOOD_DAY, LEASE_MS, order, play } from "./stories.ts";

const ONE = [FIRST] as const;
const TWO = [FIRST, SECOND] as const;
const THREE = [SECOND, THIRD] as const;

const program = (name: string, forms: readonly MemoryForm[]) => ({
  ...{ name, forms },
  says: { from: forms[0]?.v ?? 0, to: forms.at(-1)?.v ?? 0 },
});

/** A host that stands for a system of one version, to which a system of another one is ordered. */
async function hostBetween(old: readonly MemoryForm[], fresh: readonly MemoryForm[]) {
  const host = await playHost();
  host.reality.programs.set(OLD, program("old-activator", old));
  host.reality.programs.set(NEW, program("new-activator", fresh));
  return host;
}

const versionAt = async (host: PlayedHost, path: string): Promise<number | null> => {
  const bytes = await host.disk.read(path);
  return bytes ? (JSON.parse(Buffer.from(bytes).toString()) as { v: number }).v : null;
};
const versions = async (host: PlayedHost) => [
  await versionAt(host, host.places.journal),
  await versionAt(host, host.places.ratchet),
];
const outcomeOf = async (host: PlayedHost) => (await host.report()).outcome;
const BAD_DAY = [...GOOD_DAY.slice(0, 2), (host: PlayedHost) => host.drop(order("revert", 3))];
const UP_OR_DOWN = [
  ["up", ONE, TWO, [2, 2]],
  ["down", TWO, ONE, [1, 1]],
] as const;

/** Each plays hundreds of whole deployments. */
const LONG = { timeout: 180_000 };

describe("an update of Nixwave by one version", LONG, () => {
  it.each(UP_OR_DOWN)(
    "%s is tried in the form that both read, and kept in its own",
    async (...row) => {
      const [, old, fresh, ends] = row;
      await using host = await hostBetween(old, fresh);
      await play(host, GOOD_DAY.slice(0, 2));
      expect(host.reality.current).toBe(NEW);
      expect((await host.report()).phase).toBe("in-trial");
      expect(await versions(host)).toEqual([1, 1]);
      await play(host, GOOD_DAY.slice(2));
      expect(await outcomeOf(host)).toMatchObject({ code: "succeeded" });
      expect(await versions(host)).toEqual(ends);
    },
  );

  it.each(UP_OR_DOWN)(
    "%s ends the same, wherever one of the two programs was killed",
    async (...row) => {
      const [way, old, fresh] = row;
      await using whole = await hostBetween(old, fresh);
      await play(whole, GOOD_DAY);
      for (const [day, code] of [
        [GOOD_DAY, "succeeded"],
        [BAD_DAY, "rolled-back"],
      ] as const) {
        for (let at = 0; at < whole.changes; at++) {
          await using host = await hostBetween(old, fresh);
          host.killAt = at;
          await play(host, day);
          expect((await outcomeOf(host))?.code, `${way}, killed at ${at}`).toBe(code);
        }
      }
    },
  );

  it.each(UP_OR_DOWN)("%s survives a power cut at whichever change it came", async (...row) => {
    const [way, old, fresh] = row;
    await using whole = await hostBetween(old, fresh);
    await play(whole, GOOD_DAY);
    for (let at = 0; at < whole.changes; at++) {
      await using host = await hostBetween(old, fresh);
      host.killAt = at;
      let chance = at;
      await play(host, GOOD_DAY, (dark) => {
        dark.losePower(() => {
          chance = (chance * 16_807 + 11) % 2_147_483_647;
          return chance / 2_147_483_647;
        });
      });
      const { current, bootDefault } = host.reality;
      const { outcome, phase } = await host.report();
      expect(bootDefault, `${way}, cut at ${at}`).toBe(current);
      expect(current, `${way}, cut at ${at}`).toBe(outcome?.code === "succeeded" ? NEW : OLD);
      expect(phase, `${way}, cut at ${at}`).not.toBe("locked");
    }
  });

  it("that fails is undone by the old program from what the new one wrote", async () => {
    await using host = await hostBetween(ONE, TWO);
    host.reality.probesPass = false;
    const before = host.disk.beforeChange;
    let trials = 0; // armed, in trial, and then, when the journal has what the probes found, the way back
    host.disk.beforeChange = (what) => {
      if (what === `write ${host.places.trial}.new` && ++trials === 3) host.killAt = host.changes;
      before(what);
    };
    await play(host, GOOD_DAY.slice(0, 1));
    await host.drop(order("trial", 2));
    expect(await host.run()).toBe("killed");
    host.disk.beforeChange = before;
    host.killAt = Number.POSITIVE_INFINITY;
    expect(host.reality.current).toBe(NEW);
    host.reality.bootMs += LEASE_MS + 900_000;
    await host.deadman();
    expect(host.reality.current).toBe(OLD);
    await host.run();
    expect(await outcomeOf(host)).toMatchObject({ code: "rolled-back", reason: "probe-failed" });
    expect(await versions(host)).toEqual([1, 1]);
  });

  it("keeps the older form's last bytes beside the newer one's", async () => {
    await using host = await hostBetween(ONE, TWO);
    await play(host, GOOD_DAY);
    const kept = await host.disk.read(host.places.journal.replace(".json", ".v1.json"));
    expect(FIRST.journal.parse(kept ?? utf8(""))).toEqual(
      SECOND.journal.parse((await host.disk.read(host.places.journal)) ?? utf8("")),
    );
  });
});

describe("an update of Nixwave by two versions", () => {
  it("is refused while it is staged: nobody could go back", async () => {
    await using host = await hostBetween(ONE, THREE);
    await play(host, GOOD_DAY.slice(0, 2));
    expect(await outcomeOf(host)).toMatchObject({ code: "failed", reason: "agent-too-far" });
    expect(host.reality).toMatchObject({ current: OLD, bootDefault: OLD, isDeadmanArmed: false });
  });

  it("whose system says otherwise is refused by its own program, and the deadman returns the host", async () => {
    await using host = await hostBetween(ONE, THREE);
    const liar = program("new-activator", THREE);
    host.reality.programs.set(NEW, { ...liar, says: { from: 1, to: 3 } });
    await play(host, GOOD_DAY.slice(0, 1));
    await host.drop(order("trial", 2));
    const before = await host.disk.read(host.places.journal);
    await expect(host.run()).rejects.toMatchObject({ code: "agent-too-far" });
    await expect(host.run()).rejects.toMatchObject({ code: "agent-too-far" });
    expect(before).toBeDefined();
    expect(host.reality).toMatchObject({ current: NEW, bootDefault: OLD });
    host.reality.bootMs += LEASE_MS + 900_000;
    await host.deadman();
    await host.run();
    expect(host.reality.current).toBe(OLD);
    expect(await outcomeOf(host)).toMatchObject({ code: "rolled-back", reason: "lease-expired" });
  });
});

describe("an older program that was booted by hand", () => {
  it("touches nothing of a newer memory, and names the file to restore", async () => {
    await using host = await hostBetween(ONE, TWO);
    await play(host, GOOD_DAY);
    const before = await host.disk.read(host.places.journal);
    host.reality.current = OLD;
    const refused = {
      code: "host-memory-newer",
      message: expect.stringContaining("ratchet.v1.json"),
    };
    await expect(host.run()).rejects.toMatchObject(refused);
    expect(await host.disk.read(host.places.journal)).toEqual(before);
    expect(await host.report()).toMatchObject({
      ...{ phase: "locked", current: OLD, refusal: { code: "host-memory-newer" } },
    });
  });
});

describe("a file in the first form, written by hand", () => {
  const JOURNAL = `{"v":1,"open":null,"closed":[{"rollout":"r-7","attempt":1,"outcome":{"code":"failed","reason":"disk-full",
    "message":"no space"}}],"committed":[],"quarantined":["${OLD}"],"trials":[${NOON}]}`;
  const RATCHET = `{"v":1,"epoch":3,"highest":null,"floor":null,"minSerial":0,"counter":77,"order":null}`;

  async function open(forms: readonly MemoryForm[]) {
    await using host = await playHost();
    const disk = new ModelDisk();
    const { places } = host;
    await disk.write(places.journal, utf8(JOURNAL));
    await disk.write(places.ratchet, utf8(RATCHET));
    const memory = await openHostMemory({
      ...{ files: disk, places, trustEpoch: 1, forms, say: () => undefined },
    });
    return { disk, places, memory };
  }

  it("is read by the next version, which leaves it in its form until it may rise", async () => {
    const { disk, places, memory } = await open(TWO);
    expect(memory.form).toBe(1);
    expect(memory.ratchet.counter).toBe(77);
    expect(memory.journal.closed).toHaveLength(1);
    await memory.keepJournal({ ...memory.journal, trials: [instant(NOON), instant(NOON + 1)] });
    const written = FIRST.journal.parse((await disk.read(places.journal)) ?? utf8(""));
    expect(written.trials).toEqual([NOON, NOON + 1]);
    await memory.useForm(2);
    const risen = SECOND.journal.parse((await disk.read(places.journal)) ?? utf8(""));
    expect(risen).toEqual(written);
    expect(SECOND.ratchet.parse((await disk.read(places.ratchet)) ?? utf8(""))).toMatchObject({
      ...{ epoch: 3, counter: 77 },
    });
  });

  it("is refused by the version after the next, which leaves it as it was", async () => {
    await expect(open(THREE)).rejects.toMatchObject({ code: "agent-too-far" });
  });
});
