/**
 * Whether a WebSocket's Origin (RFC 6455 section 10.2) is the broker's own host. Programs send none; a
 * browser always does, and a page from anywhere else must not speak to the home's broker through it.
 */
export function isOwnOrigin(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined || origin === "") return true;
  if (host === undefined || !URL.canParse(origin) || !URL.canParse(`http://${host}`)) return false;
  return new URL(origin).hostname === new URL(`http://${host}`).hostname;
}
