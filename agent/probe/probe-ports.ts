import type { BrokerUrl } from "../../src/bus/index.ts";
import type { HostName } from "../../src/contract/index.ts";

/**
 * What probes reach of their host. What is null is not there, and a probe of it is `unknown`, never passed. Broker
 * and cache are asked for at each try: a login that cannot be read makes its own probe `unknown`, nothing else.
 */
export interface ProbePorts {
  readonly host: HostName;
  /** `systemctl` with these arguments; null where no systemd runs the host (development). */
  readonly systemctl: Systemctl | null;
  readonly broker: () => Promise<ProbedBroker | null>;
  readonly cache: () => Promise<ProbedCache | null>;
  /** The whole environment of a command probe. */
  readonly commandEnv: Readonly<Record<string, string>>;
}

/** @throws NixwaveError program-not-started */
export type Systemctl = (
  args: readonly string[],
  stop: AbortSignal,
) => Promise<{
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}>;

export interface ProbedBroker {
  readonly url: BrokerUrl;
  /** The MQTT user is the host's name; null where the broker wants none. */
  readonly password: string | null;
  /** PEM of the authority that signed the broker's certificate; absent: the system's. */
  readonly ca?: string | Buffer;
  /** This host's own certificate, PEM, for a broker that asks every client for one. */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
}

export interface ProbedCache {
  /** The first substituter: http, https or file. */
  readonly url: string;
  /** The value of an Authorization header, from netrc. */
  readonly authorization: string | null;
}

/** What one try saw. `unknown`: it could not be asked at all, which is never a pass. */
export interface Seen {
  readonly state: "passed" | "failed" | "unknown";
  /** For people, in one line. */
  readonly message: string;
}

export const passed = (message: string): Seen => ({ state: "passed", message });
export const failed = (message: string): Seen => ({ state: "failed", message });
export const unseen = (message: string): Seen => ({ state: "unknown", message });

/** One try over a fresh connection. It ends what it began when `stop` fires. */
export type ProbeTry = (stop: AbortSignal) => Promise<Seen>;
