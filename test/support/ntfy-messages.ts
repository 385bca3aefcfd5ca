/** A message as ntfy shows it to subscribers (docs.ntfy.sh, "Subscribe via API", JSON message format). */
export interface DoubledMessage {
  readonly id: string;
  /** Unix time in seconds; of a scheduled one when it is due. */
  readonly time: number;
  readonly event: "message" | "message_delete" | "message_clear";
  readonly topic: string;
  readonly sequence_id?: string;
  readonly title?: string;
  readonly message?: string;
  readonly priority?: number;
  readonly tags?: readonly string[];
  readonly click?: string;
  readonly actions?: readonly DoubledAction[];
}

export interface DoubledAction {
  readonly action: string;
  readonly label: string;
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly clear?: boolean;
}

export class Refusal extends Error {
  readonly status: number;
  readonly code: number;

  /** @param code of ntfy's own error table (server/errors.go) */
  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const NAME = /^[-_A-Za-z0-9]{1,64}$/;
/** docs.ntfy.sh, "Limitations": a longer message becomes an attachment, which the double has not. */
const MAX_MESSAGE_BYTES = 4096;
const MAX_ACTIONS = 3;
const MIN_DELAY_S = 10;
const MAX_DELAY_S = 3 * 24 * 3600;

type Fields = Readonly<Record<string, unknown>>;

/**
 * What is published, checked in ntfy's order: whoever may not write has been refused before.
 * @param supportsSequences a server of 2.16 or later
 */
export function messageFrom(
  topic: string,
  fields: Fields,
  { id, nowS, supportsSequences }: { id: string; nowS: number; supportsSequences: boolean },
): DoubledMessage {
  const { sequence_id: sequence, title, message = "triggered", priority, tags, click } = fields;
  if (Buffer.byteLength(String(message)) > MAX_MESSAGE_BYTES) {
    throw new Refusal(400, 40014, "invalid request: attachments not allowed");
  }
  if (priority !== undefined && ![1, 2, 3, 4, 5].includes(Number(priority))) {
    throw new Refusal(400, 40007, "invalid request: priority invalid");
  }
  const actions = actionsIn(fields["actions"]);
  const isKept = supportsSequences && sequence !== undefined;
  if (isKept && !NAME.test(String(sequence))) {
    throw new Refusal(400, 40049, "invalid request: sequence ID invalid");
  }
  return {
    ...{ id, time: dueAt(fields["delay"], nowS), event: "message", topic },
    ...(isKept ? { sequence_id: String(sequence) } : {}),
    ...(title === undefined ? {} : { title: String(title) }),
    message: String(message),
    ...(priority === undefined ? {} : { priority: Number(priority) }),
    ...(Array.isArray(tags) && tags.length > 0 ? { tags: tags.map(String) } : {}),
    ...(click === undefined ? {} : { click: String(click) }),
    ...(actions.length === 0 ? {} : { actions }),
  };
}

function actionsIn(value: unknown): readonly DoubledAction[] {
  const actions = (value ?? []) as readonly DoubledAction[];
  const isSound =
    actions.length <= MAX_ACTIONS &&
    actions.every(
      ({ action, label, url }) => action === "http" && label !== "" && URL.canParse(url),
    );
  if (!isSound) throw new Refusal(400, 40018, "invalid request: actions invalid");
  return actions;
}

function dueAt(delay: unknown, nowS: number): number {
  if (delay === undefined) return nowS;
  const at = Number(delay); // of the forms that ntfy takes only the Unix time
  if (!Number.isSafeInteger(at)) throw new Refusal(400, 40004, "invalid request: delay invalid");
  if (at < nowS + MIN_DELAY_S) throw new Refusal(400, 40005, "delay parameter: too small");
  if (at > nowS + MAX_DELAY_S) throw new Refusal(400, 40006, "delay parameter: too large");
  return at;
}
