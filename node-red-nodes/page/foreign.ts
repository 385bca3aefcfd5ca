import type { Request } from "../runtime/red.ts";

const OWN_HEADER = "x-nixwave";

/**
 * Whether another site's page may be behind a request. Where the editor has a login, the token alone decides that;
 * where it has none (loopback), a browser would carry any site's request to it. A header of our own and JSON make a
 * browser ask first (fetch.spec.whatwg.org, "CORS-preflight"), and nobody answers; `Sec-Fetch-Site` and `Origin` no
 * page can forge, and they hold also where somebody has allowed all origins.
 * @returns what is wrong with it; null: nothing
 */
export function foreign({ headers }: Request, writes: boolean): string | null {
  const read = (name: string): string | null => {
    const value = headers[name];
    return typeof value === "string" ? value : null;
  };
  if (read(OWN_HEADER) !== "1") return `the header ${OWN_HEADER}: 1 is missing`;
  if (writes && !/^application\/json\s*(?:;|$)/i.test(read("content-type") ?? "")) {
    return "the body is not application/json";
  }
  const [site, origin] = [read("sec-fetch-site"), read("origin")];
  // Browsers send it to https and to this machine only; a proxy may have changed Host, never this.
  if (site !== null) return site === "same-origin" ? null : "it comes from another site";
  if (origin === null || originHost(origin) === read("host")) return null;
  return "it comes from another site";
}

const originHost = (origin: string): string | null =>
  URL.canParse(origin) ? new URL(origin).host : null;
