import { createRequire } from "node:module";
import { execa } from "execa";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Release } from "../../src/contract/index.ts";
import { startAedes } from "../support/brokers.ts";
import {
  at,
  open,
  openPublishWorkshop,
  type Place,
  type PublishWorkshop,
  retain,
  retained,
  SIGNED,
  withoutNix,
} from "./publish-workshop.ts";

const MAIN = createRequire(import.meta.url).resolve("../../src/cli/main.ts");

let workshop: PublishWorkshop;
beforeAll(async () => {
  workshop = await openPublishWorkshop();
});
afterAll(() => workshop.remove());

describe.skipIf(withoutNix)("a release on an open broker", () => {
  let place: Place;
  let bare: Awaited<ReturnType<typeof startAedes>>;
  beforeEach(async () => {
    bare = await startAedes();
    place = await open(bare);
    return () => place.stop();
  });

  const tamper = async (change: (text: string) => string): Promise<void> => {
    await workshop.publish(place);
    const release = (await retained(place)) as Release;
    const [first, ...rest] = release.statements;
    const text = change(Buffer.from(first?.payload ?? "", "base64").toString("utf8"));
    const payload = Buffer.from(text).toString("base64");
    await retain(place, {
      ...release,
      statements: [{ ...(first as never as object), payload }, ...rest] as never,
    });
  };

  test("with one flipped byte is refused for that host", async () => {
    await tamper((text) => text.replace("26.05", "26.15"));
    const seen = await workshop.verify(place);
    expect(seen.status).toBe(1);
    expect(seen.stderr).toContain("not accepted: nuc (signature-invalid)\n");
  });

  test("that has expired is refused", async () => {
    await workshop.publish(place, ["--expires", "1ms"]);
    const seen = await workshop.verify(place);
    expect([seen.status, seen.stderr.includes("nuc (statement-expired)")]).toEqual([1, true]);
  });

  test("of another fleet or channel is refused", async () => {
    await workshop.publish(place);
    const away = await workshop.nixwave([
      "verify",
      "releases/main",
      "--key",
      "ci-1.public",
      "--fleet",
      "away",
      ...at(place),
    ]);
    expect([away.status, away.stderr.includes("nuc (wrong-fleet)")]).toEqual([1, true]);
    const test1 = await workshop.verify(place, ["--channel", "test"]);
    expect([test1.status, test1.stderr.includes("nuc (wrong-channel)")]).toEqual([1, true]);
  });

  test("under a reused serial with other content is not announced", async () => {
    const now = { now: 1_784_030_400_000 as never };
    const sign = async (spec: string) => {
      const { stdout } = await workshop.nixwave(["describe", "-", "--store", workshop.store.url], {
        stdin: spec,
      });
      return await workshop.nixwave(["sign", "-", ...SIGNED, "--previous", "none"], {
        stdin: stdout,
        ...now,
      });
    };
    const [one, two] = [
      await sign(await workshop.store.specOf()),
      await sign(await workshop.store.specOf({ nuc: "2" })),
    ];
    const announce = (release: string) =>
      workshop.nixwave(["announce", "-", ...at(place)], { stdin: release });
    expect((await announce(one.stdout)).status).toBe(0);
    const refused = await announce(two.stdout);
    expect([refused.status, refused.stderr.includes("error[serial-equivocation]: nuc")]).toEqual([
      1,
      true,
    ]);
  });

  test("that a stranger signed is said, does not count, and is replaced", async () => {
    await workshop.nixwave(["keygen", "stranger"]);
    const theirs = ["--key", "stranger.secret", "--fleet", "home", "--store", workshop.store.url];
    await workshop.nixwave(["publish", "spec.json", ...theirs, ...at(place)]);
    expect((await workshop.verify(place)).status).toBe(1);
    const only = await workshop.publish(place, ["--only", "nuc"]);
    expect([only.status, only.stderr.includes("error[previous-not-trusted]")]).toEqual([1, true]);
    const ours = await workshop.publish(place);
    expect(ours.stderr).toContain(
      "warning: a statement of the previous release does not count: signature-invalid",
    );
    expect((await workshop.verify(place)).status).toBe(0);
  });

  test("that is none is said, and replaced", async () => {
    await bare.aedes.publish(
      {
        cmd: "publish",
        topic: "nixwave/v1/releases/main",
        payload: Buffer.from("hello"),
        qos: 1,
        retain: true,
        dup: false,
      },
      () => undefined,
    );
    const seen = await workshop.verify(place);
    expect([seen.status, seen.stderr.includes("error[not-json]")]).toEqual([2, true]);
    const ran = await workshop.publish(place);
    expect(ran.stderr).toContain(
      "warning: what is retained on nixwave/v1/releases/main is no release: not-json",
    );
    expect((await workshop.verify(place)).status).toBe(0);
  });

  test("that was never published is not found", async () => {
    const seen = await workshop.verify(place);
    expect([seen.status, seen.stderr.includes("error[release-not-found]")]).toEqual([1, true]);
  });

  test("is shown by the real program, also when the reader leaves early", async () => {
    await workshop.publish(place);
    const command = `"$0" "$1" verify releases/main --broker "$2" --key ci-1.public --fleet home`;
    const args = [process.execPath, MAIN, place.url];
    const whole = await execa("bash", ["-c", command, ...args], { cwd: workshop.folder });
    expect(whole.stdout.split("\n")).toHaveLength(6);
    const head = await execa("bash", ["-o", "pipefail", "-c", `${command} | head -n 1`, ...args], {
      cwd: workshop.folder,
    });
    expect([head.stdout, head.stderr]).toEqual([whole.stdout.split("\n")[0], ""]);
  });
});
