import { describe, expect, it } from "vitest";
import type { Answer, Asked } from "../../src/conductor/conductor.ts";
import { ControlTopics } from "../../src/conductor/control-topics.ts";
import { Switches } from "../../src/conductor/switches.ts";
import { NixwaveError, parseHoldSource } from "../../src/contract/index.ts";
import { nuc, PlayedHome, rp4 } from "./played-home.ts";

describe("a refusal", () => {
  it("speaks the home's language, with the rollout's own reason behind it", async () => {
    await using home = new PlayedHome();
    const german = { ...home.options().home, language: "de" } as const;
    const hub = await home.open({ home: german });
    const { code, message } = hub.ask({ verb: "deploy", by: "anna", host: null });
    expect(code).toBe("request-refused");
    expect(message).toBe(
      "So wie das Ausrollen gerade steht, bewirkt das nichts. (no release waits)",
    );
  });

  it("speaks it also before the hub knows itself", async () => {
    await using home = new PlayedHome();
    home.bus.snapshotFails = new NixwaveError("snapshot-incomplete", "no end");
    const german = { ...home.options().home, language: "de" } as const;
    const hub = await home.open({ home: german });
    expect(hub.ask({ verb: "deploy", by: "anna", host: null }).message).toBe(
      "Der Hub hört erst, was beim Broker liegt; bitte gleich noch einmal.",
    );
    expect(hub.step.keep({ rollout: "r-1" as never, host: rp4, attempt: 1 }).message).toMatch(
      /^Der Hub hört erst/,
    );
  });

  it("in English is the reason itself, and names what nobody asks for", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    const why = (verb: "skip" | "promote" | "resume" | "unfence" | "retry" | "rollback") =>
      hub.ask({ verb, by: "anna", host: null }).message;
    expect(why("skip")).toBe("no host asks for that");
    expect(why("promote")).toBe("no host asks for that");
    expect(why("resume")).toBe("nothing is held");
    expect(why("unfence")).toBe("there is no fence");
    expect(
      hub.ask({ verb: "resume", by: "anna", host: null, source: parseHoldSource("wall") }).message,
    ).toBe("wall does not hold");
    expect(hub.ask({ verb: "hold", by: "anna", host: "attic" as never }).message).toBe(
      "attic is not a host of the plan",
    );
    expect(hub.step.tryOn({ rollout: "r-1" as never, host: nuc, attempt: 1 }).accepted).toBe(false);
  });
});

describe("the word of a switch", () => {
  it("that changed nothing is not counted as heard: its next copy is tried again", async () => {
    await using home = new PlayedHome();
    const kept: unknown[] = [];
    const asked: string[] = [];
    const state = { holds: [] };
    const failed = (error: unknown) => void home.failures.push(error as NixwaveError);
    const ask = ({ verb }: Asked): Answer => {
      asked.push(verb);
      return { accepted: false, code: "request-refused", message: "" };
    };
    const topics = new ControlTopics({
      ...home.options(),
      now: () => home.clock.now,
      ask,
      switches: new Switches({
        store: { keep: (...one) => kept.push(one), recall: () => null },
        ...{
          ask,
          holds: () => state.holds,
          isAwake: () => true,
          failed,
          home: home.options().home,
        },
      }),
      mind: { isAwake: true, state: state as never },
      screens: { answerHold: () => undefined, noteHold: () => undefined },
      changed: () => undefined,
      failed,
    });
    topics.switches.listen();
    const source = parseHoldSource("wall");
    home.broker.tell({ kind: "holdSet", source }, "ON", true);
    expect(kept).toEqual([]);
    home.broker.tell({ kind: "holdSet", source }, "OFF", true);
    expect(kept).toEqual([["switch/wall", "OFF"]]);
    expect(asked).toEqual(["hold", "resume"]);
  });
});
