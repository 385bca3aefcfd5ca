import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldPresence, type KnownPresence } from "../../src/bus/index.ts";
import { isOverwritten } from "../../src/bus/presence.ts";
import { type Presence, parseSessionId } from "../../src/contract/index.ts";

const OLD = parseSessionId("00000000-0000-4000-8000-000000000001");
const NEW = parseSessionId("00000000-0000-4000-8000-000000000002");
const online = (session: Presence["session"]): Presence => ({ state: "online", session });
const offline = (session: Presence["session"]): Presence => ({ state: "offline", session });
const fold = (...messages: Presence[]): KnownPresence =>
  messages.reduce<KnownPresence>(foldPresence, undefined);

describe("presence", () => {
  it("follows birth and will of one session", () => {
    expect(fold(online(OLD))).toEqual(online(OLD));
    expect(fold(online(OLD), offline(OLD))).toEqual(offline(OLD));
  });

  it("ignores the will of an old session that comes after the new birth", () => {
    expect(fold(online(OLD), online(NEW), offline(OLD))).toEqual(online(NEW));
  });

  it("takes a new session's birth at once, without the old one's will", () => {
    expect(fold(online(OLD), online(NEW))).toEqual(online(NEW));
  });

  it("believes a retained offline when nothing else is known", () => {
    expect(fold(offline(OLD))).toEqual(offline(OLD));
  });

  it("is online whenever the newest birth's own will has not come, whatever else arrives late", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean()), (late) => {
        const messages = late.map((isOnline) => (isOnline ? online(OLD) : offline(OLD)));
        const after = [online(NEW), ...messages.filter((one) => one.state === "offline")];
        expect(fold(...messages, ...after)).toEqual(online(NEW));
      }),
    );
  });

  it("is published again by its owner after an offline, never after another's online", () => {
    expect(isOverwritten(offline(OLD))).toBe(true);
    expect(isOverwritten(online(OLD))).toBe(false);
  });
});
