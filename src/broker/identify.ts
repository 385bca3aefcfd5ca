import type { AuthenticateError } from "aedes";
import type { TopicBase } from "../contract/index.ts";
import { type Access, type Account, accessOf } from "./access.ts";
import type { Accounts } from "./accounts.ts";
import type { Place } from "./admission.ts";
import type { BrokerEvent, RefusalReason } from "./broker-event.ts";
import { mayUseClientId } from "./client-id.ts";

/** What is known of a connection before its client says who it is. */
export interface Peer {
  readonly address: string;
  readonly certificateName: string | null;
  readonly place: Place;
  /** Called once the client has proved who it is. */
  readonly welcome: () => void;
}

export interface DoorContext {
  readonly accounts: Accounts;
  /** Who a client without a user name is; null refuses it. */
  readonly anonymous: Account | null;
  readonly base: TopicBase;
  readonly log: (event: BrokerEvent) => void;
}

/** A client that has proved who it is. */
export interface Session {
  readonly user: string | null;
  readonly access: Access;
}

/** What a client says of itself in CONNECT. */
export interface Claim {
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: Buffer | undefined;
}

/** MQTT 3.1.1 section 3.2.2.3. */
const CONNACK = { identifierRejected: 2, badCredentials: 4, notAuthorized: 5 } as const;
/** Printable, so that an id can stand in a log line. */
const CLIENT_ID = /^[\x21-\x7e]{1,128}$/;

class Refusal extends Error {
  readonly reason: RefusalReason;
  readonly returnCode: number;

  constructor(reason: RefusalReason, returnCode: number, detail: string) {
    super(detail);
    this.reason = reason;
    this.returnCode = returnCode;
  }
}

/** The session of a client whose claim is true. Throws what `refusalOf` turns into an answer. */
export async function identify(
  context: DoorContext,
  peer: Peer | undefined,
  { clientId, username, password }: Claim,
): Promise<Session> {
  const speaker = await accountOf(context, peer?.certificateName ?? null, username, password);
  const user = speaker === context.anonymous ? null : speaker.user;
  if (!CLIENT_ID.test(clientId) || !mayUseClientId(user, clientId, context.accounts.users)) {
    throw new Refusal(
      "client-id-of-another",
      CONNACK.identifierRejected,
      `client id ${JSON.stringify(clientId.slice(0, 128))} does not belong to ${user ?? "an anonymous client"}`,
    );
  }
  if (user !== null && !peer?.place.nameAs(user)) {
    throw new Refusal(
      "too-many-connections",
      CONNACK.notAuthorized,
      `${user} has too many connections`,
    );
  }
  return { user, access: accessOf(speaker, context.base) };
}

/** A client certificate speaks for its name and needs no password. */
async function accountOf(
  { accounts, anonymous }: DoorContext,
  certificateName: string | null,
  username: string | undefined,
  password: Buffer | undefined,
): Promise<Account> {
  const bad = (detail: string) => new Refusal("bad-credentials", CONNACK.badCredentials, detail);
  if (certificateName !== null) {
    const named = accounts.find(certificateName);
    if (!named)
      throw bad(`no account is named like the certificate ${certificateName.slice(0, 80)}`);
    if (username !== undefined && username !== certificateName) {
      throw bad(`the certificate of ${certificateName} came with another user name`);
    }
    return named;
  }
  if (username === undefined || username === "") {
    if (anonymous) return anonymous;
    throw new Refusal("bad-credentials", CONNACK.notAuthorized, "no user name was given");
  }
  const known = await accounts.authenticate(username, password ?? Buffer.alloc(0));
  if (!known) throw bad(`wrong password or unknown user ${JSON.stringify(username.slice(0, 80))}`);
  return known;
}

/** Tells the log, and gives aedes the return code for CONNACK. */
export function refusalOf(
  context: DoorContext,
  peer: Peer | undefined,
  error: unknown,
): AuthenticateError {
  if (!(error instanceof Refusal)) {
    const detail = error instanceof Error ? error.message : String(error);
    context.log({ kind: "failed", detail });
    return Object.assign(new Error(detail), { returnCode: CONNACK.notAuthorized });
  }
  const { reason, message: detail } = error;
  context.log({ kind: "refused", address: peer?.address ?? "", reason, detail });
  return error;
}
