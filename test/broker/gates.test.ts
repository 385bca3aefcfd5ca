import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openAdmission } from "../../src/broker/admission.ts";
import { mayUseClientId } from "../../src/broker/client-id.ts";
import { isOwnOrigin } from "../../src/broker/origin.ts";
import { measure, type PacketMeter, START } from "../../src/broker/packet-meter.ts";
import { sayOnce } from "../../src/broker/say-once.ts";

describe("a client id belongs to a user", () => {
  const users = ["rp3", "nuc", "nuc-2"];

  test.each([
    ["rp3", "rp3", true],
    ["rp3", "rp3-a1b2", true],
    ["rp3", "rp3a", false],
    ["rp3", "nuc", false],
    ["rp3", "nuc-x", false],
    ["rp3", "sensor", false],
    ["nuc", "nuc-x", true],
    ["nuc", "nuc-2", false],
    ["nuc", "nuc-2-x", false],
    ["nuc-2", "nuc-2-x", true],
    [null, "DVES_0E63DE", true],
    [null, "rp3", false],
    [null, "rp3-x", false],
  ])("%s may call itself %s: %s", (user, clientId, expected) => {
    expect(mayUseClientId(user, clientId, users)).toBe(expected);
  });
});

describe("packets are measured by their headers", () => {
  const packet = (bodyBytes: number): Buffer => {
    const length: number[] = [];
    let rest = bodyBytes;
    do {
      const digit = rest % 128;
      rest = Math.floor(rest / 128);
      length.push(rest > 0 ? digit + 128 : digit);
    } while (rest > 0);
    return Buffer.concat([Buffer.from([0x30, ...length]), Buffer.alloc(bodyBytes, 0xff)]);
  };
  const run = (stream: Buffer, cuts: readonly number[], limit: number): unknown => {
    let meter: PacketMeter | "too-large" | "malformed" = START;
    const edges = [0, ...cuts.map((cut) => cut % (stream.length + 1)), stream.length].sort(
      (a, b) => a - b,
    );
    for (let at = 1; at < edges.length && typeof meter !== "string"; at += 1) {
      meter = measure(meter, stream.subarray(edges[at - 1], edges[at]), limit);
    }
    return meter;
  };

  test("however the stream is cut, exactly a packet above the limit is found", () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 40_000 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(
        sizes,
        fc.array(fc.nat()),
        fc.integer({ min: 1, max: 50_000 }),
        (all, cuts, limit) => {
          const stream = Buffer.concat(all.map(packet));
          const isTooLarge = all.some((size) => size > limit);
          const end = run(stream, cuts, limit);
          if (isTooLarge) expect(end).toBe("too-large");
          else expect(end).toMatchObject({ bodyLeft: 0, headerAt: 0 });
        },
      ),
    );
  });

  test("it is found before a byte of its body came", () => {
    expect(measure(START, packet(5000).subarray(0, 3), 4999)).toBe("too-large");
  });

  test("a length of five bytes is malformed (MQTT 3.1.1 section 2.2.3)", () => {
    expect(measure(START, Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01]), 1e9)).toBe(
      "malformed",
    );
  });
});

describe("connections are counted", () => {
  const limits = { total: 4, perUser: 2, unnamedPerAddress: 2 };

  test("an address has few connections that said no name, and more once they did", () => {
    const admission = openAdmission(limits);
    const first = admission.enter("::1");
    const second = admission.enter("::1");
    expect(admission.enter("::1")).toBeNull();
    expect(admission.enter("127.0.0.1")).not.toBeNull();
    expect(first?.nameAs("rp3")).toBe(true);
    const third = admission.enter("::1");
    expect(third).not.toBeNull();
    expect(admission.enter("10.0.0.1")).toBeNull(); // four in all
    second?.leave();
    expect(admission.enter("10.0.0.1")).not.toBeNull();
  });

  test("a user has few connections, and gets a place back when one leaves", () => {
    const admission = openAdmission({ ...limits, total: 10, unnamedPerAddress: 10 });
    const [a, b, c] = [1, 2, 3].map(() => admission.enter("::1"));
    expect([a?.nameAs("rp3"), b?.nameAs("rp3"), c?.nameAs("rp3")]).toEqual([true, true, false]);
    a?.leave();
    expect(c?.nameAs("rp3")).toBe(true);
  });
});

test("the same is said once a minute, and floods of different things are cut off", () => {
  const isNews = sayOnce();
  expect(isNews("a", 0)).toBe(true);
  expect(isNews("a", 59_999)).toBe(false);
  expect(isNews("a", 60_000)).toBe(true);
  let said = 0;
  for (let index = 0; index < 5000; index += 1) said += isNews(`b${index}`, 61_000) ? 1 : 0;
  expect(said).toBeLessThanOrEqual(1000);
  expect(isNews("c", 200_000)).toBe(true);
});

test.each([
  [undefined, "nuc:9001", true],
  ["http://nuc:1880", "nuc:9001", true],
  ["https://evil.example", "nuc:9001", false],
  ["http://nuc.evil.example", "nuc:9001", false],
  ["null", "nuc:9001", false],
  ["http://nuc", undefined, false],
  ["http://[::1]:1880", "[::1]:9001", true],
])("a page of %s may open a WebSocket to %s: %s", (origin, host, expected) => {
  expect(isOwnOrigin(origin, host)).toBe(expected);
});
