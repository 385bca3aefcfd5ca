/**
 * The bytes of one MQTT 3.1.1 CONNECT and of what answers it: all that a probe needs of MQTT, because the
 * activator, which runs as root, carries no MQTT library.
 */
export interface Hello {
  readonly clientId: string;
  readonly user: string;
  /** Null: neither user nor password is sent. */
  readonly password: string | null;
}

const CONNECT = 0x10;
const CONNACK = 0x20;
const LEVEL_3_1_1 = 4;
const CLEAN_SESSION = 0x02;
const USER_AND_PASSWORD = 0xc0;
const KEEP_ALIVE_SECONDS = 60;

/** No will and a clean session: it leaves nothing behind. */
export function encodeHello({ clientId, user, password }: Hello): Buffer {
  const flags = CLEAN_SESSION | (password === null ? 0 : USER_AND_PASSWORD);
  const body = Buffer.concat([
    field("MQTT"),
    Buffer.from([LEVEL_3_1_1, flags, 0, KEEP_ALIVE_SECONDS]),
    field(clientId),
    ...(password === null ? [] : [field(user), field(password)]),
  ]);
  return Buffer.concat([Buffer.from([CONNECT]), lengthOf(body.length), body]);
}

export const GOODBYE: Buffer = Buffer.from([0xe0, 0]);

/** The return code of a CONNACK (0 accepted, 4 and 5 login refused); undefined while bytes are missing, null when it is none. */
export function readConnack(bytes: Buffer): number | null | undefined {
  if (bytes.length === 0) return undefined;
  if (bytes[0] !== CONNACK || (bytes.length > 1 && bytes[1] !== 2)) return null;
  return bytes.length < 4 ? undefined : bytes[3];
}

function field(text: string): Buffer {
  const bytes = Buffer.from(text, "utf8");
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

function lengthOf(length: number): Buffer {
  const digits: number[] = [];
  for (let rest = length; ; rest >>= 7) {
    if (rest < 0x80) return Buffer.from([...digits, rest]);
    digits.push((rest & 0x7f) | 0x80);
  }
}
