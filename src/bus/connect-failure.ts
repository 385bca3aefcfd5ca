import { type ErrorCode, NixwaveError } from "../contract/index.ts";
import type { BrokerUrl } from "./broker-url.ts";

/** Return codes of CONNACK (MQTT 3.1.1, table 3.1). mosquitto answers a wrong password with 5. */
const CONNACK: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  1: ["broker-refused", "does not speak MQTT 3.1.1"],
  2: ["broker-refused", "refused the client id"],
  3: ["broker-refused", "says that it is unavailable"],
  4: ["broker-bad-credentials", "refused the user name or password"],
  5: ["broker-not-authorised", "did not authorise the connection"],
};

/** Codes by which OpenSSL and Node refuse the other side's certificate. */
const UNTRUSTED =
  /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_|ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH|INVALID_CA)/;
/** The other side's alert about our certificate. */
const CERTIFICATE_ALERT = /^ERR_SSL_.*ALERT.*(?:CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/;
const TLS_FAILURE = /^(?:ERR_SSL_|ERR_TLS_|EPROTO)/;

const codeOf = (error: Error): string | number => (error as { code?: string | number }).code ?? "";

/** Why a connection did not come about or ended, as one of our codes. */
export function connectFailure(broker: BrokerUrl, cause: Error | undefined): NixwaveError {
  if (!cause) {
    return new NixwaveError(
      "broker-refused",
      `${broker} closed the connection before it answered; is this the MQTT port?`,
    );
  }
  const code = codeOf(cause);
  const [ours, why] = typeof code === "number" ? ofConnack(code) : ofSystem(code, cause);
  return new NixwaveError(ours, `${broker} ${why}`, { cause });
}

const ofConnack = (code: number): readonly [ErrorCode, string] =>
  CONNACK[code] ?? ["broker-refused", `answered with return code ${code}`];

function ofSystem(code: string, cause: Error): readonly [ErrorCode, string] {
  const detail = cause.message === "" ? code : cause.message;
  if (UNTRUSTED.test(code)) {
    return ["tls-untrusted", `shows a certificate that is not trusted: ${detail}`];
  }
  if (CERTIFICATE_ALERT.test(code)) {
    return ["tls-certificate-refused", `refused our client certificate: ${detail}`];
  }
  if (TLS_FAILURE.test(code)) return ["tls-failed", `and we could not agree on TLS: ${detail}`];
  return ["broker-unreachable", `cannot be reached: ${detail}`];
}
