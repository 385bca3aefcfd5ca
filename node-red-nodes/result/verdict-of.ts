import { NixwaveError } from "../../src/contract/index.ts";
import type { FlowMessage } from "../runtime/red.ts";

const MAX_WHY = 200;

/**
 * Keep or undo, as the dialog says or, where it leaves it open, as `msg.verdict` does. Anything else is neither:
 * no word may become a keep by mistake.
 * @throws NixwaveError invalid-field
 */
export function verdictOf(
  field: unknown,
  message: FlowMessage,
): { readonly verdict: "keep" | "undo"; readonly why: string } {
  const said = field === "message" ? message["verdict"] : field;
  if (said !== "keep" && said !== "undo") {
    throw new NixwaveError("invalid-field", `${shown(said)} is neither "keep" nor "undo"`);
  }
  return { verdict: said, why: whyOf(message) };
}

/** What a node before found out, or what the user wrote. */
function whyOf({ nixwave, why }: FlowMessage): string {
  const found = (nixwave as { readonly why?: unknown } | undefined)?.why;
  const text = [why, found].find((one) => typeof one === "string" && one !== "");
  return String(text ?? "the flow undid it").slice(0, MAX_WHY);
}

const shown = (value: unknown): string => String(JSON.stringify(value)).slice(0, 60);
