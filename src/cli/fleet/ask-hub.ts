import { randomUUID } from "node:crypto";
import {
  type ControlRequest,
  type ControlResponse,
  NixwaveError,
  type RequestId,
  type UserName,
} from "../../contract/index.ts";
import type { BrokerSession } from "../broker-flags.ts";

type What = Omit<ControlRequest, "id">;

/** A hub that has just begun first hears what the broker holds. */
const NOT_READY_AGAIN_MS = 500;

/**
 * Asks the hub as an operator, and waits for its answer. A connection that is lost on the way asks again under the same
 * id, which the hub answers as the first time (it does nothing twice within a minute); a hub that is not ready yet is
 * asked anew until the time is over.
 * @throws NixwaveError hub-absent | hub-silent, or as Bus.subscribe
 */
export async function askHub(
  session: BrokerSession,
  user: UserName,
  what: What,
): Promise<ControlResponse> {
  const { bus, timeoutMs, broker } = session;
  await requireHub(session);
  const asked = new Asked(session, user, what);
  const subscription = await bus.subscribe(
    { kind: "controlResponse", user },
    ({ payload }) => asked.hear(payload),
    (error) => asked.answer.reject(error),
  );
  const stopAgain = bus.onConnection(({ event }) => {
    if (event === "connected") asked.ask();
  });
  const late = setTimeout(() => {
    const message = `the hub on ${broker} did not answer ${user} within ${timeoutMs / 1000} s`;
    asked.giveUp(new NixwaveError("hub-silent", message));
  }, timeoutMs);
  asked.ask();
  try {
    return await asked.answer.promise;
  } finally {
    clearTimeout(late);
    asked.close();
    stopAgain();
    subscription.unsubscribe();
  }
}

/** One question on its way. */
class Asked {
  readonly answer = Promise.withResolvers<ControlResponse>();
  readonly #session: BrokerSession;
  readonly #user: UserName;
  #request: ControlRequest;
  #notReady: ControlResponse | null = null;
  #again: NodeJS.Timeout | undefined;

  constructor(session: BrokerSession, user: UserName, what: What) {
    this.#session = session;
    this.#user = user;
    this.#request = { ...what, id: newId() };
  }

  ask(): void {
    const address = { kind: "controlRequest", user: this.#user } as const;
    this.#session.bus.publish(address, this.#request).catch(this.answer.reject);
  }

  hear(answer: ControlResponse): void {
    if (answer.id !== this.#request.id) return;
    if (answer.code === "hub-not-ready") {
      this.#notReady = answer;
      this.#request = { ...this.#request, id: newId() };
      this.#again = setTimeout(() => this.ask(), NOT_READY_AGAIN_MS);
    } else {
      this.answer.resolve(answer);
    }
  }

  giveUp(error: NixwaveError): void {
    if (this.#notReady) this.answer.resolve(this.#notReady);
    else this.answer.reject(error);
  }

  close(): void {
    clearTimeout(this.#again);
  }
}

const newId = (): RequestId => randomUUID() as RequestId;

/** @throws NixwaveError hub-absent */
async function requireHub({ bus, timeoutMs, broker }: BrokerSession): Promise<void> {
  const [hub] = await bus.snapshot("hubStatus", { timeoutMs });
  if (hub?.payload.state === "online") return;
  const why = hub ? "the hub is not connected" : "no hub was ever here";
  throw new NixwaveError("hub-absent", `${broker}: ${why}`);
}
