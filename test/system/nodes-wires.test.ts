import { describe, expect, it } from "vitest";
import {
  connectAs,
  goalsOf,
  node,
  nodeRed,
  publishRelease,
  releaseAndRollout,
  rolloutStatus,
  rp4,
} from "./nodes-rig.ts";
import { doWell } from "./played-hosts.ts";
import {
  atNuc,
  atRp4,
  clients,
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

const warned = (text: string): boolean =>
  folder.lines.some((line) => line.level === "warn" && line.text.includes(text));

function give(id: string, message: Readonly<Record<string, unknown>>): void {
  nodeRed.nodes.getNode(id)?.receive(message);
}

describe("a step that wires decide", () => {
  it("is kept through try and keep, and only then does the next host begin", async () => {
    await openWired([...releaseAndRollout(["try"]), tryNode(["keep"]), ...ends]);
    await playHosts();
    const { seen } = await rolloutStatus(hub, completed);
    await publishRelease(hub, "new");
    expect(await seen).toMatchObject({ completion: "Promoted" });
    expect(goalsOf(atRp4)).toEqual(["stage", "trial", "commit"]);
    expect(goalsOf(atNuc)).toEqual(["stage", "trial", "commit"]);
    expect(statuses.of("try")).toEqual(expect.arrayContaining(["trying rp4", "runs on rp4"]));
    expect(statuses.last("keep")?.text).toBe("keeps nuc");
  });

  it("is undone where the wires say so, and the host returns", async () => {
    await openWired([...releaseAndRollout(["try"]), tryNode(["undo"]), ...ends]);
    await playHosts();
    const { seen } = await rolloutStatus(hub, completed);
    await publishRelease(hub, "new");
    expect(await seen).toMatchObject({ completion: "Aborted" });
    expect(goalsOf(atRp4)).toEqual(["stage", "trial", "revert"]);
    expect(goalsOf(atNuc)).not.toContain("trial");
  });

  it("leaves by `failed` when the host has returned by itself", async () => {
    await openWired([
      ...releaseAndRollout(["try"]),
      tryNode(["keep"], ["seen", "undo"]),
      node("seen", "debug", {
        active: true,
        tosidebar: false,
        tostatus: true,
        complete: "nixwave.state",
        targetType: "msg",
        statusType: "auto",
      }),
      ...ends,
    ]);
    await playHosts((order, statement) =>
      order.goal === "trial"
        ? { outcome: { code: "rolled-back", reason: "activation-failed", message: "status 4" } }
        : doWell(order, statement),
    );
    await publishRelease(hub, "new");
    await expect.poll(() => statuses.last("seen")?.text, soon).toBe("RolledBack");
    expect(goalsOf(atRp4)).not.toContain("commit");
  });

  it("ends as an error when the wires go around try: nothing is deployed, keep and rollout say so", async () => {
    await openWired([...releaseAndRollout(["keep"]), ...ends]);
    await playHosts();
    const { seen } = await rolloutStatus(hub, completed);
    await publishRelease(hub, "new");
    expect(await seen).toMatchObject({
      completion: "Aborted",
      why: "rp4: Failed, the wires lead to keep without a trial",
    });
    await expect.poll(() => statuses.last("keep")?.text, soon).toBe("unknown step");
    const isTold = folder.lines.some(
      ({ level, text }) => level === "error" && text.includes("it has reported no trial to keep"),
    );
    expect(isTold).toBe(true);
    expect(goalsOf(atRp4)).toEqual(["stage", "revert"]);
    expect(goalsOf(atNuc)).not.toContain("trial");
  });

  it("that goes nowhere is told at deploy, by the name of the wire", async () => {
    await openWired([...releaseAndRollout(["try"]), tryNode(["keep"], []), ...ends]);
    await expect.poll(() => warned('output failed of activate "try"')).toBe(true);
    await expect.poll(() => statuses.last("rollout")?.text).toBe("a wire ends early");
  });

  it("is said again after a restart in the middle of its trial, which costs no revert", async () => {
    const flow = (running: readonly string[]) => [
      ...releaseAndRollout(["try"]),
      tryNode(running),
      ...ends,
    ];
    await openWired(flow([]));
    await playHosts();
    await publishRelease(hub, "new");
    await expect.poll(() => statuses.last("try")?.text, soon).toBe("runs on rp4");
    await Promise.all(clients.map((bus) => bus.close()));
    await hub.close();

    clients.length = 0;
    await openWired(flow(["keep"]));
    const { seen } = await rolloutStatus(hub, completed);
    await playHosts(({ goal, ...order }, statement) =>
      doWell(
        { goal: goal === "stage" && order.host === rp4 ? "trial" : goal, ...order },
        statement,
      ),
    );
    expect(await seen).toMatchObject({ completion: "Promoted" });
    expect(goalsOf(atRp4)).not.toContain("revert");
  });
});

describe("a person in the flow", () => {
  const withAsk = (fields: Readonly<Record<string, unknown>> = {}) => [
    ...releaseAndRollout(["ask"]),
    node("ask", "nixwave-approval", fields, [["try"], ["undo"], ["undo"]]),
    tryNode(["keep"]),
    ...ends,
  ];

  it("is asked before the trial; a yes by message lets it begin", async () => {
    await openWired(withAsk());
    await playHosts();
    await publishRelease(hub, "new");
    await expect.poll(() => statuses.last("ask")?.text, soon).toBe("asks about rp4");
    expect(goalsOf(atRp4)).toEqual(["stage"]);
    give("ask", { payload: "approve", by: "Ada" });
    await expect.poll(() => goalsOf(atRp4), soon).toContain("commit");
  });

  it("refuses from elsewhere, as an operator, and the host is left alone", async () => {
    await openWired(withAsk());
    await playHosts();
    await publishRelease(hub, "new");
    await expect.poll(() => statuses.last("ask")?.text, soon).toBe("asks about rp4");
    const watch = await connectAs("watch", hub);
    clients.push(watch);
    const request = { id: "r1", action: "skip", host: rp4 } as never;
    await watch.publish({ kind: "controlRequest", user: "watch" as never }, request);
    await expect.poll(() => statuses.of("ask"), soon).toContain("refused");
    expect(goalsOf(atRp4)).not.toContain("trial");
  });

  it("who says nothing says no yes: the question expires", async () => {
    await openWired(withAsk({ waitsFor: "1s" }));
    await playHosts();
    await publishRelease(hub, "new");
    await expect.poll(() => statuses.of("ask"), soon).toContain("nobody answered");
    expect(goalsOf(atRp4)).not.toContain("trial");
  });

  it("holds with a switch: no trial begins, and begins when it is released", async () => {
    await openWired([
      ...releaseAndRollout(),
      node("switch", "nixwave-control", { mode: "level", source: "hall" }),
    ]);
    await expect.poll(() => statuses.last("switch")?.text, soon).toBe("idle");
    give("switch", { payload: "ON", retain: true });
    await expect.poll(() => statuses.last("switch")?.text, soon).toBe("hold");
    await playHosts();
    const { seen } = await rolloutStatus(hub, completed);
    await publishRelease(hub, "new");
    await expect.poll(() => goalsOf(atNuc), soon).toEqual(["stage"]);
    await expect.poll(() => statuses.last("rollout")?.fill, soon).toBe("yellow");
    give("switch", { payload: Buffer.from('{"POWER":"OFF"}') });
    expect(await seen).toMatchObject({ completion: "Promoted" });
  });
});
