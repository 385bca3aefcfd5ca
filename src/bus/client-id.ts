import { randomBytes } from "node:crypto";
import { ContractError } from "../contract/index.ts";

const CLIENT_ID = /^[A-Za-z0-9_-]{1,128}$/;

/**
 * `<user>-<purpose>-<instance>`. The random instance lets one user run two programs at once: a
 * broker ends the older of two connections with the same id (MQTT 3.1.4-2), and both would take
 * turns for ever. Who wants exactly that, an agent that replaces its own dead connection, gives a
 * fixed instance.
 * @throws ContractError invalid-client-id
 */
export function clientIdFor(
  user: string,
  purpose: string,
  instance: string = randomBytes(4).toString("hex"),
): string {
  const clientId = `${user}-${purpose}-${instance}`;
  checkClientId(clientId, user);
  return clientId;
}

/** @throws ContractError invalid-client-id */
export function checkClientId(clientId: string, username: string | undefined): void {
  const shown = JSON.stringify(clientId.slice(0, 130));
  if (!CLIENT_ID.test(clientId)) {
    throw new ContractError(
      "invalid-client-id",
      `client id ${shown} is not 1 to 128 characters of A-Z, a-z, 0-9, '_' and '-'`,
    );
  }
  if (username !== undefined && clientId !== username && !clientId.startsWith(`${username}-`)) {
    throw new ContractError(
      "invalid-client-id",
      `client id ${shown} is neither the user name ${JSON.stringify(username)} nor begins with it and '-'`,
    );
  }
}
