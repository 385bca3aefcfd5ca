import type { Brand } from "./brand.ts";
import { durationMs } from "./instants.ts";
import { hostName, rolloutId } from "./names.ts";
import { message } from "./reported.ts";
import { flag, nullable, object, oneOf, type Parsed, type Schema, text } from "./schema.ts";

export type RequestId = Brand<string, "RequestId">;
const requestId: Schema<RequestId> = text(
  /^[A-Za-z0-9-]{1,64}$/,
  "1 to 64 characters of A-Z, a-z, 0-9 and '-'",
);

/** What an operator asks of the hub; answered on the same user's response topic under the same id. */
export const controlRequest = object(
  {
    id: requestId,
    action: oneOf(
      "deploy",
      "hold",
      "resume",
      "approve",
      "skip",
      "retry",
      "abort",
      "rollback",
      "unfence",
      /** Of Home Assistant's update entity: approves that host where it asks, else begins what waits. */
      "install",
    ),
  },
  { rollout: rolloutId, host: hostName, duration: durationMs, now: flag },
);
export type ControlRequest = Parsed<typeof controlRequest>;

export const controlResponse = object({
  id: requestId,
  status: oneOf("accepted", "refused"),
  code: nullable(text(/^[a-z][a-z0-9-]{0,63}$/, "a code such as wrong-host")),
  message,
});
export type ControlResponse = Parsed<typeof controlResponse>;
