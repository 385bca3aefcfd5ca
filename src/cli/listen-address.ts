import { isIP } from "node:net";
import { NixwaveError } from "../contract/index.ts";

/** Where to listen; port 0 is any free one. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

const ADDRESS = /^(?:(?:\[([0-9a-fA-F:.%\w]+)\]|([A-Za-z0-9.-]{1,253})):)?(\d{1,5})$/;

/** PORT (on this machine only), HOST:PORT or [IPv6]:PORT. @throws NixwaveError wrong-usage */
export function parseListenAddress(text: string): ListenAddress {
  const [, ipv6, name, digits] = ADDRESS.exec(text) ?? [];
  const port = Number(digits);
  if (!(port <= 65_535) || (ipv6 !== undefined && isIP(ipv6.replace(/%.*$/, "")) !== 6)) {
    throw new NixwaveError(
      "wrong-usage",
      `${JSON.stringify(text.slice(0, 80))} is not an address such as 1883, 0.0.0.0:1883 or [::]:1883`,
    );
  }
  return { host: ipv6 ?? name ?? "127.0.0.1", port };
}
