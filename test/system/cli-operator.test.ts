import { describe, expect, it } from "vitest";
import { EXIT } from "../../src/cli/exit-status.ts";
import { openWorkshop } from "../cli/memory-io.ts";
import { freePort } from "../support/brokers.ts";
import { ROLLOUT } from "../support/contract-builders.ts";
import { needs } from "../support/system-parts.ts";
import { failsAtTrial, type OperatedHome, openOperatedHome, rp3, rp4 } from "./operated-home.ts";
import { embedded } from "./publish-workshop.ts";

const LONG = { timeout: 120_000 } as const;
const soon = { timeout: 30_000 } as const;

interface Status {
  readonly rollout:
    | (Record<"title" | "why", string> & { readonly completion: string | null })
    | null;
  readonly hosts: readonly {
    readonly host: string;
    readonly state: string;
    readonly why: string;
  }[];
}

async function statusOf(home: OperatedHome): Promise<Status> {
  return JSON.parse((await home.nixwave("anna", "status", "--json")).stdout) as Status;
}

const statesOf = async (home: OperatedHome) =>
  (await statusOf(home)).hosts.map(({ host, state }) => `${host} ${state}`);

const completionOf = async (home: OperatedHome) => (await statusOf(home)).rollout?.completion;

async function endOf(home: OperatedHome, title: string): Promise<string | null> {
  const { rollout } = await statusOf(home);
  return rollout?.title === title ? rollout.completion : null;
}

async function announce(home: OperatedHome, closure: string): Promise<void> {
  const ran = await home.nixwave("ci", "announce", await home.writeRelease(closure));
  expect([ran.status, ran.stderr]).toEqual([0, ""]);
}

async function openHouse(terms: object = {}): Promise<OperatedHome> {
  const home = await openOperatedHome();
  await home.startHub(terms);
  await home.play(rp4);
  await home.play(rp3);
  return home;
}

describe("an account that is no operator's", () => {
  it("sees what it may see, and is told what it may not", LONG, async () => {
    await using ends = new AsyncDisposableStack();
    const place = await embedded();
    ends.defer(() => place.stop());
    const workshop = await openWorkshop();
    ends.defer(() => workshop.remove());
    const words = ["--broker", place.url, ...place.ci];
    const seen = await workshop.nixwave(["status", "--json", ...words], { env: place.env });
    expect([seen.status, seen.stderr]).toEqual([0, ""]);
    const { unreadable, next } = JSON.parse(seen.stdout) as Record<string, readonly string[]>;
    expect(unreadable).toEqual(["reported", "desired"]);
    expect(next?.at(-1)).toBe("Use an operator's account to see reported, desired.");
  });
});

describe.skipIf(needs("mosquitto").skip)("an operator at the command line", () => {
  it("holds, sees by whom, resumes, and is refused when nothing is held", LONG, async () => {
    await using home = await openHouse();
    const held = await home.nixwave("anna", "hold", "--for", "2h");
    expect(held.stdout).toMatch(/^done: Everything is held until .* \(asked as anna\)\n$/);
    await announce(home, "good");
    await expect
      .poll(async () => (await home.nixwave("bert", "status")).stdout, soon)
      .toMatch(
        /held by anna\nwaits: on hold\. anna holds it until (\d+ \w+, )?\d\d:\d\d\.\n[\s\S]*next: nixwave resume: releases the hold\n$/,
      );
    const resumed = await home.nixwave("bert", "resume");
    expect([resumed.status, resumed.stdout]).toEqual([
      0,
      "done: Nothing is held any more. (asked as bert)\n",
    ]);
    await expect.poll(() => completionOf(home), soon).toBe("Promoted");
    const again = await home.nixwave("bert", "resume");
    expect([again.status, again.stdout]).toEqual([EXIT.refused, ""]);
    expect(again.stderr).toMatch(/^error\[request-refused\]: nothing is held\n {2}\S/);
  });

  it("starts what waits for its start, and approves what asks", LONG, async () => {
    await using home = await openHouse({
      ...{ settle: "1h", start: "automatic" },
      groups: [
        { name: "first", hosts: [rp4] },
        { name: "second", hosts: [rp3], approval: "group" },
      ],
    });
    await announce(home, "good");
    const deployed = home.nixwave("anna", "deploy", "--now");
    expect((await deployed).stdout).toMatch(/^done: It begins now\./);
    await expect.poll(() => statesOf(home), soon).toEqual(["rp4 Succeeded", "rp3 Staged"]);
    const asks = await home.nixwave("anna", "status");
    expect(asks.stdout).toContain("next: nixwave approve: lets it go on");
    expect((await home.nixwave("anna", "approve")).status).toBe(0);
    await expect.poll(() => completionOf(home), soon).toBe("Promoted");
  });

  it("retries, then goes on without the host that fails", LONG, async () => {
    await using home = await openOperatedHome();
    await home.startHub();
    await home.play(rp4, failsAtTrial);
    await home.play(rp3);
    await announce(home, "bad");
    await expect.poll(() => statesOf(home), soon).toContain("rp4 Failed");
    const retried = await home.nixwave("anna", "retry", "rp4");
    expect([retried.status, retried.stdout]).toEqual([
      0,
      "done: rp4 is tried again. (asked as anna)\n",
    ]);
    await expect.poll(() => statesOf(home), soon).toContain("rp4 Failed");
    expect((await home.nixwave("anna", "skip", "rp4")).status).toBe(0);
    await expect.poll(() => completionOf(home), soon).toBe("PartiallyPromoted");
  });

  it("takes one host back, stops a rollout, and finds both in the history", LONG, async () => {
    await using home = await openHouse();
    for (const closure of ["good", "better"]) {
      await announce(home, closure);
      await expect.poll(() => endOf(home, closure), soon).toBe("Promoted");
    }
    const back = await home.nixwave("anna", "rollback", "rp4");
    expect([back.stderr, back.stdout]).toEqual([
      "",
      "done: rp4 returns to what it had before. (asked as anna)\n",
    ]);
    await home.nixwave("anna", "hold");
    await announce(home, "next");
    await expect.poll(async () => (await statusOf(home)).rollout?.title, soon).toBe("next");
    expect((await home.nixwave("anna", "abort")).status).toBe(0);
    await expect.poll(() => completionOf(home), soon).toBe("Aborted");
    expect((await statusOf(home)).rollout?.why).toBe("stopped by anna");
    await home.stopHub();
    const history = await home.nixwave("bert", "history", "--limit", "2");
    expect(history.status).toBe(0);
    const [head, newest] = history.stdout.split("\n");
    expect(head).toMatch(/^ENDED +TOOK +HOSTS +OUTCOME +RELEASE +WHY$/);
    expect(newest).toMatch(/stopped +\d+ \w+, next .*stopped by anna$/);
    const json = await home.nixwave("bert", "history", "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({
      v: 1,
      ended: [
        { title: "next", completion: "Aborted" },
        { title: "better", completion: "RolledBack", wrong: ["rp4"], why: "rolled back by anna" },
        { title: "good", completion: "Promoted", done: 2, taking: 2 },
      ],
    });
  });

  it("binds a request to the rollout that was meant", LONG, async () => {
    await using home = await openHouse();
    const ran = await home.nixwave("anna", "abort", "--rollout", ROLLOUT);
    expect(ran.status).toBe(EXIT.refused);
    expect(ran.stderr).toContain("is not the rollout here");
  });

  it("is told what is wrong, with an exit status for each", LONG, async () => {
    await using home = await openOperatedHome();
    const codeOf = async (user: string, ...args: readonly string[]) => {
      const { status, stderr } = await home.nixwave(user, ...args);
      return [status, /error\[([a-z-]+)\]/.exec(stderr)?.[1]];
    };
    const nobody = `mqtt://127.0.0.1:${await freePort()}`;
    expect(await codeOf("anna", "hold")).toEqual([EXIT.hub, "hub-absent"]);
    await home.startHub();
    expect(await codeOf("ci", "hold", "--timeout", "3s")).toEqual([EXIT.hub, "hub-silent"]);
    expect(await codeOf("anna", "hold", "--for", "soon")).toEqual([EXIT.usage, "invalid-instant"]);
    expect(await codeOf("anna", "rollback")).toEqual([EXIT.usage, "wrong-usage"]);
    expect(await codeOf("anna", "logs", "rp4")).toEqual([EXIT.usage, "wrong-usage"]);
    const wrong = await home.nixwave("anna", "logs", "rp5", "-f");
    expect(wrong.stderr).toMatch(
      /rp5 was never on this broker; (nor was any other host|these were: \w+)/,
    );
    expect(wrong.status).toBe(EXIT.usage);
    expect(await codeOf("anna", "status", "--watch")).toEqual([EXIT.usage, "wrong-usage"]);
    expect(await codeOf("", "hold")).toEqual([EXIT.usage, "wrong-usage"]);
    expect(await codeOf("anna", "status", "--broker", nobody, "--timeout", "2s")).toEqual([
      EXIT.broker,
      "broker-unreachable",
    ]);
    expect(await codeOf("anna", "status", "--password-file", "none")).toEqual([
      EXIT.file,
      "file-unreadable",
    ]);
    expect((await home.nixwave("anna", "status")).status).toBe(0);
  });

  it("follows what a host prints, and hears of lines that were lost", LONG, async () => {
    await using home = await openOperatedHome();
    const host = await home.play(rp4);
    await using logs = home.start("anna", "logs", "rp4", "-f");
    const say = (first: number, ...lines: readonly string[]) =>
      host.publish(
        { kind: "log", host: rp4 },
        { v: 1, rollout: ROLLOUT, attempt: 1, first, lines },
      );
    await expect.poll(() => logs.stderr, soon).toContain("following rp4");
    await expect
      .poll(async () => {
        await say(0, "stopping heating");
        return logs.stdout;
      }, soon)
      .toContain("stopping heating\n");
    await say(5, "starting heating");
    await logs.until(/starting heating\n/);
    await expect.poll(() => logs.stderr, soon).toContain("-- 4 lines were lost\n");
    expect(logs.stderr).toContain(`-- attempt 1 of ${ROLLOUT}\n`);
    logs.signal("SIGINT");
    expect(await logs.ended).toBe(0);
  });

  it("watches as JSON, one line for each change", LONG, async () => {
    await using home = await openHouse();
    await using watch = home.start("anna", "status", "--watch", "--json");
    await watch.until(/"hub":"online"/);
    await announce(home, "good");
    await watch.until(/"completion":"Promoted"/);
    const lines = watch.stdout.trimEnd().split("\n");
    const same = lines.map((line) => JSON.stringify({ ...(JSON.parse(line) as object), at: 0 }));
    expect(new Set(same).size).toBe(same.length);
    watch.signal("SIGTERM");
    expect(await watch.ended).toBe(0);
  });
});
