import { encodePayload, NixwaveError, type Release } from "../contract/index.ts";

/** Overlapping CI runs are rare; three in a row are somebody else's loop. */
const MAX_ROUNDS = 3;

export interface PublishSteps<Made extends { readonly release: Release }> {
  /** What is retained now. */
  read(): Promise<Release | undefined>;
  /** Signs on top of what is retained. */
  make(retained: Release | undefined): Made;
  /** Publishes and reads back. */
  write(release: Release): Promise<void>;
  /** Somebody else published between reading and writing. */
  overtaken(): void;
}

/**
 * Reads, signs, reads once more, and writes only if nobody published meanwhile; else signs again on top. MQTT has
 * no compare-and-set, so the window between the second reading and the writing stays: CI closes it by letting one
 * run publish at a time.
 * @throws NixwaveError publish-contended, or what a step throws
 */
export async function publishOnTop<Made extends { readonly release: Release }>(
  steps: PublishSteps<Made>,
): Promise<Made> {
  let retained = await steps.read();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const made = steps.make(retained);
    const again = await steps.read();
    if (textOf(retained) === textOf(again)) {
      await steps.write(made.release);
      return made;
    }
    steps.overtaken();
    retained = again;
  }
  throw new NixwaveError(
    "publish-contended",
    `${MAX_ROUNDS} times another release came while this one was signed`,
  );
}

const textOf = (release: Release | undefined): string | undefined =>
  release && Buffer.from(encodePayload("release", release)).toString("utf8");
