import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reconnectDelayMs } from "../../src/bus/backoff.ts";
import { connectFailure } from "../../src/bus/connect-failure.ts";
import { DEFAULT_PACE, parseBrokerUrl } from "../../src/bus/index.ts";

const broker = parseBrokerUrl("mqtt://nuc");
const failure = (code: string | number, message = "why"): string =>
  connectFailure(broker, Object.assign(new Error(message), { code })).code;

describe("a connection that does not come about", () => {
  it.each([
    ["ECONNREFUSED", "broker-unreachable"],
    ["ENOTFOUND", "broker-unreachable"],
    ["ECONNRESET", "broker-unreachable"],
    [1, "broker-refused"],
    [2, "broker-refused"],
    [3, "broker-refused"],
    [4, "broker-bad-credentials"],
    [5, "broker-not-authorised"],
    [99, "broker-refused"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "tls-untrusted"],
    ["CERT_HAS_EXPIRED", "tls-untrusted"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "tls-untrusted"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "tls-untrusted"],
    ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "tls-certificate-refused"],
    ["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", "tls-certificate-refused"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "tls-failed"],
    ["EPROTO", "tls-failed"],
  ])("%s means %s", (code, expected) => {
    expect(failure(code)).toBe(expected);
  });

  it("without any word from the other side is a refusal that asks for the port", () => {
    expect(connectFailure(broker, undefined)).toMatchObject({
      code: "broker-refused",
      message: expect.stringContaining("mqtt://nuc:1883"),
    });
  });
});

describe("the wait before the next try", () => {
  it("grows, stays within its bounds and is never the same for everybody", () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (failures, chance) => {
        const delayMs = reconnectDelayMs(DEFAULT_PACE, failures, chance);
        expect(delayMs).toBeGreaterThanOrEqual(DEFAULT_PACE.firstMs / 2);
        expect(delayMs).toBeLessThanOrEqual(DEFAULT_PACE.maxMs);
        expect(reconnectDelayMs(DEFAULT_PACE, failures + 1, chance)).toBeGreaterThanOrEqual(
          delayMs,
        );
      }),
    );
    const early = reconnectDelayMs(DEFAULT_PACE, 3, 0);
    expect(reconnectDelayMs(DEFAULT_PACE, 3, 1)).toBe(2 * early);
  });
});
