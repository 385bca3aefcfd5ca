import { describe, expect, it } from "vitest";
import { encodeHello, readConnack } from "../../../agent/probe/mqtt-hello.ts";
import {
  frameOf,
  readFrames,
  readUpgrade,
  upgradeRequest,
} from "../../../agent/probe/web-socket-hello.ts";

const bytes = (...values: readonly number[]): Buffer => Buffer.from(values);

describe("a probe's CONNECT", () => {
  it("is MQTT 3.1.1 with a clean session, and no login without a password", () => {
    const hello = encodeHello({ clientId: "rp4-probe-1", user: "rp4", password: null });
    expect(hello[0]).toBe(0x10);
    expect(hello[1]).toBe(hello.length - 2);
    expect(hello.subarray(2, 12)).toEqual(bytes(0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 0x02, 0, 60));
    expect(hello.subarray(14).toString()).toBe("rp4-probe-1");
  });

  it("carries user and password, and a length of several digits", () => {
    const password = "é".repeat(9000);
    const hello = encodeHello({ clientId: "c", user: "rp4", password });
    const body = hello.length - 4;
    expect(hello.subarray(0, 4)).toEqual(
      bytes(0x10, (body & 0x7f) | 0x80, ((body >> 7) & 0x7f) | 0x80, body >> 14),
    );
    expect(hello[4 + 7]).toBe(0xc2);
    expect(hello.readUInt16BE(hello.length - 18_002)).toBe(18_000);
  });
});

describe("an answer to it", () => {
  it.each([
    ["nothing yet", [], undefined],
    ["half of one", [0x20, 2, 0], undefined],
    ["one byte", [0x20], undefined],
    ["accepted", [0x20, 2, 0, 0], 0],
    ["refused", [0x20, 2, 0, 5], 5],
    ["accepted, with more behind it", [0x20, 2, 0, 0, 0xe0], 0],
    ["another packet", [0x30, 2, 0, 0], null],
    ["MQTT 5's, which has properties", [0x20, 3, 0, 0, 0], null],
    ["text", [0x48, 0x54], null],
  ] as const)("%s", (_name, answer, code) => {
    expect(readConnack(bytes(...answer))).toBe(code);
  });
});

describe("a probe's WebSocket", () => {
  it("asks for the subprotocol mqtt, with a key of its own each time", () => {
    const asked = upgradeRequest("nuc.lan", "/mqtt");
    expect(asked).toMatch(/^GET \/mqtt HTTP\/1\.1\r\nHost: nuc\.lan\r\n/);
    expect(asked).toContain("\r\nSec-WebSocket-Protocol: mqtt\r\n");
    expect(asked.endsWith("\r\n\r\n")).toBe(true);
    expect(upgradeRequest("nuc.lan", "/mqtt")).not.toBe(asked);
  });

  it("reads the answer's head when it is complete, and whatever is no HTTP as status 0", () => {
    const head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
    expect(readUpgrade(Buffer.from(head.slice(0, -1)))).toBeUndefined();
    expect(readUpgrade(Buffer.from(`${head}rest`))).toEqual({ size: head.length, status: 101 });
    expect(readUpgrade(Buffer.from("SSH-2.0\r\n\r\n"))?.status).toBe(0);
  });

  it.each([5, 125, 126, 70_00])("masks a frame of %i bytes so that its server reads it", (size) => {
    const payload = Buffer.alloc(size, "mqtt");
    const frame = frameOf(payload);
    const isLong = size >= 126;
    expect(frame[0]).toBe(0x82);
    expect(frame[1]).toBe(0x80 | (isLong ? 126 : size));
    if (isLong) expect(frame.readUInt16BE(2)).toBe(size);
    const from = isLong ? 4 : 2;
    const mask = frame.subarray(from, from + 4);
    const plain = frame.subarray(from + 4).map((byte, index) => byte ^ (mask[index % 4] ?? 0));
    expect(Buffer.from(plain)).toEqual(payload);
  });

  it.each([
    ["nothing yet", [], []],
    ["one byte of a frame", [0x82], []],
    ["a frame that goes on", [0x82, 4, 0x20], []],
    ["a packet in two frames", [0x82, 2, 0x20, 2, 0x82, 2, 0, 0], [0x20, 2, 0, 0]],
    ["a whole frame and half of one", [0x82, 1, 0x20, 0x82, 3, 2], [0x20]],
    ["text", [0x81, 1, 0x20], null],
    ["a close", [0x88, 0], null],
    ["a long frame", [0x82, 126, 0, 200], null],
  ] as const)("reads what frames carry so far: %s", (_name, frames, inside) => {
    expect(readFrames(bytes(...frames))).toEqual(inside && bytes(...inside));
  });
});
