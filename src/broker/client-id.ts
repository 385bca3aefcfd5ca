/**
 * Whether a connection of `user` may call itself `clientId`. MQTT lets a second client with the same id
 * take over the first one's connection, so an id belongs to the account whose name it is or begins with
 * (`rp3`, `rp3-...`); where two names fit, to the longer one. `user` null is an anonymous client.
 */
export function mayUseClientId(
  user: string | null,
  clientId: string,
  users: Iterable<string>,
): boolean {
  let owner: string | null = null;
  for (const candidate of users) {
    const fits = clientId === candidate || clientId.startsWith(`${candidate}-`);
    if (fits && candidate.length > (owner ?? "").length) owner = candidate;
  }
  return owner === user;
}
