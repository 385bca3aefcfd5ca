import { ContractError } from "./nixwave-error.ts";

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Nothing that is asked there, or answered, leaves this machine. */
export const isOfThisMachine = (url: URL): boolean =>
  url.protocol === "http:" && LOOPBACK.test(url.hostname);

/**
 * Where a release may be fetched from. What it carries is signed, but a token goes along, and who reads the answer on
 * the way knows what the hosts run: so https, and http on this machine alone.
 * @throws ContractError invalid-field, which shows no user and password
 */
export function parseReleaseAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) throw wrong("the address of the release is no web address");
  if (url.username !== "" || url.password !== "") {
    throw wrong("the address of the release holds a user or password: a token has its own field");
  }
  if (url.protocol === "https:" || isOfThisMachine(url)) return url;
  throw wrong(`${url.origin === "null" ? url.protocol : url.origin}: it must begin with https://`);
}

const wrong = (why: string): ContractError => new ContractError("invalid-field", why);
