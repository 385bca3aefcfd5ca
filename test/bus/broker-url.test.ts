import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { brokerEndpoint, clientIdFor, parseBrokerUrl } from "../../src/bus/index.ts";
import { NixwaveError } from "../../src/contract/index.ts";

const codeOf = (run: () => unknown): string | undefined => {
  try {
    run();
    return undefined;
  } catch (error) {
    if (!(error instanceof NixwaveError)) throw error;
    return error.code;
  }
};

describe("a broker's URL", () => {
  it.each([
    ["mqtt://nuc", "mqtt://nuc:1883"],
    ["mqtts://nuc.lan", "mqtts://nuc.lan:8883"],
    ["ws://nuc", "ws://nuc:80"],
    ["wss://nuc/mqtt", "wss://nuc:443/mqtt"],
    ["MQTT://10.0.0.1:1884", "mqtt://10.0.0.1:1884"],
    ["mqtt://[::1]:1883", "mqtt://[::1]:1883"],
    ["ws://nuc:80", "ws://nuc:80"],
  ])("%s means %s", (text, complete) => {
    expect(parseBrokerUrl(text)).toBe(complete);
    expect(parseBrokerUrl(complete)).toBe(complete);
  });

  it("comes apart into what a socket needs", () => {
    expect(brokerEndpoint(parseBrokerUrl("wss://[fd00::1]/mqtt"))).toEqual({
      protocol: "wss",
      host: "fd00::1",
      port: 443,
      path: "/mqtt",
    });
  });

  it.each([
    "nuc",
    "",
    "http://nuc:1883",
    "tcp://nuc:1883",
    "mqtt://",
    "mqtt://:1883",
    "mqtt://nuc:0",
    "mqtt://nuc:65536",
    "mqtt://nuc:x",
    "mqtt://nuc/path",
    "mqtt://nuc?clientId=rp3",
    "wss://nuc/#a",
    "mqtt://nu c",
    "mqtt://nuc%00",
    "mqtt://-nuc",
  ])("%j is refused", (text) => {
    expect(codeOf(() => parseBrokerUrl(text))).toBe("invalid-broker-url");
  });

  it("is refused with credentials inside, and the message does not repeat them", () => {
    for (const text of [
      "mqtt://ci:hunter2@nuc",
      "mqtt://hunter2@nuc",
      "ftp://a:hunter2@",
      "hunter2@",
    ]) {
      expect(() => parseBrokerUrl(text)).toThrow(
        expect.objectContaining({
          code: "invalid-broker-url",
          message: expect.not.stringContaining("hunter2"),
        }),
      );
    }
  });

  it("is read from any text without another failure, and read again gives the same", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc.string().map((x) => `mqtt://${x}`),
        ),
        (text) => {
          let url: string;
          try {
            url = parseBrokerUrl(text);
          } catch (error) {
            expect((error as NixwaveError).code).toBe("invalid-broker-url");
            return;
          }
          expect(parseBrokerUrl(url)).toBe(url);
        },
      ),
    );
  });
});

describe("a client id", () => {
  it("begins with the user name and differs between two programs of one user", () => {
    const [one, other] = [clientIdFor("rp3", "agent"), clientIdFor("rp3", "agent")];
    expect(one).toMatch(/^rp3-agent-[0-9a-f]{8}$/);
    expect(one).not.toBe(other);
  });

  it("is the same again where an instance is given", () => {
    expect(clientIdFor("rp3", "agent", "1")).toBe("rp3-agent-1");
  });

  it.each(["a/b", "a b", "+", "#", "", "ü", "a".repeat(129)])("refuses %j inside", (purpose) => {
    expect(codeOf(() => clientIdFor("", purpose, ""))).toBe(
      purpose === "" ? undefined : "invalid-client-id",
    );
  });
});
