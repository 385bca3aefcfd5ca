import { Sights } from "../../src/cli/fleet/sight.ts";
import type { Address, HostName, WireKind, WirePayloads } from "../../src/contract/index.ts";
import { parseHostName, parseSessionId } from "../../src/contract/index.ts";
import { NOON } from "../support/contract-builders.ts";

/** Says things to a sight as a broker would. */
export class Told {
  readonly sights = new Sights();

  hear<K extends WireKind>(address: Address<K>, payload: WirePayloads[K]): this {
    const bytes = new Uint8Array();
    this.sights.hear({ address, payload, bytes, retained: true, receivedAt: NOON } as never);
    return this;
  }

  host(host: HostName, state: "online" | "offline"): this {
    return this.hear({ kind: "availability", host }, { state, session: SESSION });
  }

  hub(state: "online" | "offline"): this {
    return this.hear({ kind: "hubStatus" }, { state, session: SESSION });
  }
}

const SESSION = parseSessionId("00000001");
export const [rp4, nuc, x1] = (["rp4", "nuc", "x1"] as const).map(parseHostName) as [
  HostName,
  HostName,
  HostName,
];
