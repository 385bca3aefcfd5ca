import { isIPv6 } from "node:net";
import { ContractError } from "../contract/index.ts";

declare const brokerUrl: unique symbol;
/** A broker's address in full, e.g. "mqtts://nuc.lan:8883"; never holds credentials. */
export type BrokerUrl = string & { readonly [brokerUrl]: true };

export type BrokerProtocol = "mqtt" | "mqtts" | "ws" | "wss";

export interface BrokerEndpoint {
  readonly protocol: BrokerProtocol;
  /** A name or an IP address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** Begins with "/"; "/" where the protocol has no path. */
  readonly path: string;
}

const DEFAULT_PORT: Readonly<Record<BrokerProtocol, number>> = {
  mqtt: 1883,
  mqtts: 8883,
  ws: 80,
  wss: 443,
};
const HOST = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/;

/** Text with an "@" may hold a password: it is never repeated in a message. */
function refuse(text: string, why: string): ContractError {
  const shown = text.includes("@") ? "the broker URL" : JSON.stringify(text.slice(0, 200));
  return new ContractError("invalid-broker-url", `${shown} ${why}`);
}

/**
 * Reads `mqtt://host[:port]`, `mqtts://host[:port]`, `ws://host[:port][/path]` or `wss://...` and
 * completes it with the protocol's default port.
 * @throws ContractError invalid-broker-url
 */
export function parseBrokerUrl(text: string): BrokerUrl {
  const { protocol, host, port, path } = endpointOf(text);
  const shownHost = host.includes(":") ? `[${host}]` : host;
  return `${protocol}://${shownHost}:${port}${path === "/" ? "" : path}` as BrokerUrl;
}

/** The parts of a URL that `parseBrokerUrl` has accepted. */
export const brokerEndpoint = (url: BrokerUrl): BrokerEndpoint => endpointOf(url);

function endpointOf(text: string): BrokerEndpoint {
  const url = URL.parse(text);
  if (!url) throw refuse(text, "is not a URL such as mqtt://host:1883");
  const protocol = url.protocol.slice(0, -1) as BrokerProtocol;
  if (!Object.hasOwn(DEFAULT_PORT, protocol)) {
    throw refuse(text, "must begin with mqtt://, mqtts://, ws:// or wss://");
  }
  if (url.username !== "" || url.password !== "") {
    throw refuse(
      text,
      "holds credentials: every process on the machine can read arguments, so give them apart",
    );
  }
  if (url.search !== "" || url.hash !== "") throw refuse(text, "has a query or a fragment");
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  if (!(HOST.test(host) || isIPv6(host))) throw refuse(text, "names no host");
  const port = url.port === "" ? DEFAULT_PORT[protocol] : Number(url.port);
  if (port === 0) throw refuse(text, "has port 0, which nobody can reach");
  const path = url.pathname === "" ? "/" : url.pathname;
  if (path !== "/" && !protocol.startsWith("ws")) {
    throw refuse(text, "has a path, which only ws:// and wss:// know");
  }
  return { protocol, host, port, path };
}
