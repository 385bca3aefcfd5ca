import type { OpenAttempt, SessionId } from "../../src/contract/index.ts";
import { attemptKey } from "../decide/trial-file.ts";
import { replaceDurably } from "../durable/file-port.ts";
import type { ActivatorParts } from "./ports.ts";

/** What the person at the laptop has said of one attempt. */
export interface Postponement {
  readonly attempt: string;
  /** How often it was Later: only so often may it be. */
  readonly laters: number;
  /** Asked and not put off any more: the trial may begin. */
  readonly isAnswered: boolean;
  /** Of that boot; after another one it is asked again, and counted on. */
  readonly bootId: string;
  readonly untilBootMs: number;
}

const fileOf = ({ places }: Pick<ActivatorParts, "places">): string => `${places.state}/later.json`;

/** Of this attempt; null when nobody was asked, or when the file is not one of ours. */
export async function readPostponement(
  parts: Pick<ActivatorParts, "files" | "places">,
  open: OpenAttempt,
): Promise<Postponement | null> {
  const bytes = await parts.files.read(fileOf(parts));
  if (!bytes) return null;
  try {
    const found = JSON.parse(Buffer.from(bytes).toString("utf8")) as Postponement;
    const isWhole =
      Number.isSafeInteger(found.laters) &&
      Number.isSafeInteger(found.untilBootMs) &&
      typeof found.isAnswered === "boolean";
    return isWhole && found.attempt === attemptKey(open) ? found : null;
  } catch {
    return null;
  }
}

export const keepPostponement = (
  parts: Pick<ActivatorParts, "files" | "places">,
  postponement: Postponement,
): Promise<void> =>
  replaceDurably(parts.files, fileOf(parts), Buffer.from(JSON.stringify(postponement)));

export const untilOf = (said: Postponement | null, bootId: SessionId): number | null =>
  said && said.bootId === bootId && !said.isAnswered ? said.untilBootMs : null;
