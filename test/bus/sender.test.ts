import { beforeEach, describe, expect, it } from "vitest";
import type { Connection, Packet } from "../../src/bus/connection.ts";
import { type Letter, newLetter, REST_MS, STRIKES_OUT } from "../../src/bus/letters.ts";
import { Sender } from "../../src/bus/sender.ts";
import type { Topic } from "../../src/contract/index.ts";

/** A connection that only writes down what it was given, and acknowledges when told to. */
class Wire {
  readonly sent: string[] = [];
  readonly #acknowledge: (() => void)[] = [];
  readonly connection = {
    send: (packet: Packet, acknowledged: () => void): boolean => {
      this.sent.push(Buffer.from(packet.bytes).toString());
      this.#acknowledge.push(acknowledged);
      return true;
    },
  } as Connection;

  acknowledge(count = Number.POSITIVE_INFINITY): void {
    for (const one of this.#acknowledge.splice(0, count)) one();
  }
}

const event = (text: string): Letter =>
  newLetter(`event/${text}` as Topic, Buffer.from(text), { retain: false, owned: false });
const owned = (topic: string, text: string): Letter =>
  newLetter(topic as Topic, Buffer.from(text), { retain: true, owned: true });

describe("the sender", () => {
  let history: string[];
  let sender: Sender;
  let now: number;
  const begin = (): Wire => {
    const wire = new Wire();
    sender.begin(wire.connection, now);
    return wire;
  };
  const lose = (): void => sender.lost(true, now);

  beforeEach(() => {
    history = [];
    now = 1000;
    sender = new Sender({
      onOpened: () => history.push("subscribe"),
      onRefused: (letter, error) =>
        history.push(`${error.code} ${Buffer.from(letter.bytes).toString()}`),
    });
  });

  it("begins every connection with owned state, then subscribes, then sends what waits", () => {
    sender.post(event("1"));
    sender.post(owned("birth", "birth"));
    sender.post(owned("reported", "reported"));
    for (let round = 0; round < 2; round += 1) {
      const wire = new Wire();
      sender.begin(
        {
          send: (packet, acknowledged) => {
            history.push(Buffer.from(packet.bytes).toString());
            return wire.connection.send(packet, acknowledged);
          },
        } as Connection,
        now,
      );
      wire.acknowledge();
      lose();
    }
    const opening = ["birth", "reported", "subscribe"];
    expect(history).toEqual([...opening, "1", ...opening]);
  });

  it("sends of owned state the latest", () => {
    sender.post(owned("reported", "old"));
    begin().acknowledge();
    lose();
    sender.post(owned("reported", "new"));
    expect(begin().sent).toEqual(["new"]);
  });

  it("sends again what was not acknowledged, first and alone", () => {
    const first = begin();
    for (const text of ["1", "2", "3"]) sender.post(event(text));
    first.acknowledge(1);
    lose();
    const second = begin();
    expect(second.sent).toEqual(["2"]);
    second.acknowledge();
    expect(second.sent).toEqual(["2", "3"]);
    second.acknowledge();
    sender.post(event("4"));
    sender.post(event("5"));
    expect(second.sent).toEqual(["2", "3", "4", "5"]);
  });

  it("drops with a code the one that ends every connection, and delivers the others", () => {
    const guilty = event("guilty");
    const outcome: string[] = [];
    guilty.waiting.push((error) => outcome.push(error?.code ?? "handed over"));
    begin();
    sender.post(event("1"));
    sender.post(guilty);
    sender.post(event("2"));
    const delivered: string[] = [];
    for (let connections = 0; connections < 10; connections += 1) {
      lose();
      const wire = begin();
      while (wire.sent.length > 0 && wire.sent.at(-1) !== "guilty") {
        const last = wire.sent.length;
        wire.acknowledge();
        if (wire.sent.length === last) break;
      }
      delivered.push(...wire.sent.filter((text) => text !== "guilty"));
    }
    expect(outcome).toEqual(["publish-refused"]);
    expect(history.filter((line) => line !== "subscribe")).toEqual(["publish-refused guilty"]);
    expect(delivered).toEqual(["1", "2"]);
  });

  it("leaves refused owned state alone for a while, then tries again", () => {
    sender.post(owned("reported", "state"));
    for (let round = 0; round < STRIKES_OUT; round += 1) {
      expect(begin().sent).toEqual(["state"]);
      lose();
    }
    expect(history.at(-1)).toBe("publish-refused state");
    expect(begin().sent).toEqual([]);
    lose();
    now += REST_MS;
    expect(begin().sent).toEqual(["state"]);
  });

  it("sends a newer owned state at once although the older one was refused", () => {
    sender.post(owned("reported", "old"));
    for (let round = 0; round < STRIKES_OUT; round += 1) {
      begin();
      lose();
    }
    const wire = begin();
    sender.post(owned("reported", "new"));
    expect(wire.sent).toEqual(["new"]);
  });

  it("does not let whoever retains wait for a broker that is away", () => {
    const letter = owned("reported", "state");
    let told = 0;
    letter.waiting.push(() => {
      told += 1;
    });
    sender.post(letter);
    expect(told).toBe(1);
  });

  it("is idle when everything is acknowledged and not before", async () => {
    const wire = begin();
    sender.post(event("1"));
    let idle = false;
    const done = sender.untilIdle().then(() => {
      idle = true;
    });
    await Promise.resolve();
    expect(idle).toBe(false);
    wire.acknowledge();
    await done;
    expect(idle).toBe(true);
  });

  it("keeps a bounded number of letters on their way", () => {
    const wire = begin();
    for (let index = 0; index < 200; index += 1) sender.post(event(String(index)));
    expect(wire.sent).toHaveLength(64);
    wire.acknowledge(10);
    expect(wire.sent).toHaveLength(74);
  });
});
