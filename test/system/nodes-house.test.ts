import { describe, expect, it } from "vitest";
import { NtfyDouble } from "../support/ntfy-double.ts";
import {
  connectAs,
  goalsOf,
  node,
  publishRelease,
  releaseAndRollout,
  rolloutStatus,
} from "./nodes-rig.ts";
import {
  atRp4,
  completed,
  ends,
  folder,
  hub,
  openWired,
  playHosts,
  soon,
  statuses,
  tryNode,
  useWiredHome,
} from "./wired-home.ts";

useWiredHome();

describe("evidence in the flow", () => {
  const withGate = (row: Readonly<Record<string, unknown>>) => [
    ...releaseAndRollout(["try"]),
    tryNode(["gate"]),
    node(
      "gate",
      "nixwave-gate",
      {
        ...{ place: "after", soak: "2s", initialDelay: "0s", consecutiveSuccess: "2" },
        ...{ failureCount: "1", failureWindow: "1" },
        rows: [{ name: "bedroom", is: "at-least", limit: "18", interval: "1s", ...row }],
      },
      [["keep"], ["undo"], ["undo"]],
    ),
    ...ends,
  ];

  async function playSensor(value: () => string) {
    const bus = await connectAs("sensor", hub);
    let said = 0;
    const say = (): void => {
      bus.say("tele/bedroom/SENSOR", Buffer.from(value()));
      said += 1;
    };
    const timer = setInterval(say, 300);
    await expect.poll(() => said, soon).toBeGreaterThan(3);
    return {
      [Symbol.asyncDispose]: async () => {
        clearInterval(timer);
        await bus.close();
      },
    };
  }

  it("keeps the release when the bedroom stays warm", async () => {
    await openWired(withGate({ topic: "tele/bedroom/SENSOR", path: "T", format: "json" }));
    await using _sensor = await playSensor(() => '{"T":21.5}');
    await playHosts();
    const { seen } = await rolloutStatus(hub, completed);
    await publishRelease(hub, "new");
    console.log(statuses.of("gate"), folder.lines.map((l) => l.text).join("\n"));
    expect(await seen).toMatchObject({ completion: "Promoted" });
    expect(statuses.of("gate").some((text) => text.startsWith("watching 00:0"))).toBe(true);
  });

  it("undoes the release when the bedroom goes cold, and says by how much", async () => {
    await openWired(withGate({ topic: "tele/bedroom/SENSOR", path: "T", format: "json" }));
    await using _sensor = await playSensor(() =>
      goalsOf(atRp4).includes("trial") ? '{"T":17.1}' : '{"T":20}',
    );
    await playHosts();
    const { seen } = await rolloutStatus(hub, completed);
    await publishRelease(hub, "new");
    expect(await seen).toMatchObject({ completion: "Aborted" });
    expect(goalsOf(atRp4)).toEqual(["stage", "trial", "revert"]);
    expect(statuses.of("gate")).toContain("bedroom 17.1 < 18");
  });
});

describe("what happened, on a phone", () => {
  it("is posted to ntfy under one sequence id for the rollout", async () => {
    await using phones = await new NtfyDouble().start();
    await openWired([
      ...releaseAndRollout(),
      node("events", "nixwave-events", { only: "people", kinds: [] }, [["phone"]]),
      node("phone", "nixwave-notify", { server: phones.url, topic: "home" }, [[]]),
    ]);
    await playHosts();
    const { seen } = await rolloutStatus(hub, completed);
    await publishRelease(hub, "new");
    await seen;
    await expect.poll(() => statuses.last("phone")?.text, soon).toBe("sent");
    await expect.poll(() => phones.shown("home").at(-1)?.title, soon).toContain("are updated");
    expect(phones.shown("home")).toHaveLength(1);
  });
});
