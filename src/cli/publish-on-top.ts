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
 * Reads, signs, reads once more, and writes only if nobody published meanwhile; else signs again on top, and so it
 * does when another release was retained before ours was read back. MQTT has no compare-and-set, so a window stays:
 * CI closes it by letting one run publish at a time.
 * @throws NixwaveError publish-contended, or what a step throws
 */
export async function publishOnTop<Made extends { readonly release: Release }>(
  steps: PublishSteps<Made>,
): Promise<Made> {
  let retained = await steps.read();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const made = steps.make(retained);
    const again = await steps.read();
    const theirs = same(retained, again)
      ? await writeOrYield(steps, made.release, retained)
      : again;
    if (theirs === KEPT) return made;
    steps.overtaken();
    retained = theirs;
  }
  throw new NixwaveError(
    "publish-contended",
    `${MAX_ROUNDS} times another release came while this one was signed`,
  );
}

const KEPT = Symbol("kept");

/** @returns KEPT, or the release that somebody else put in the place of ours */
async function writeOrYield<Made extends { readonly release: Release }>(
  steps: PublishSteps<Made>,
  release: Release,
  before: Release | undefined,
): Promise<typeof KEPT | Release> {
  try {
    await steps.write(release);
    return KEPT;
  } catch (error) {
    if (!(error instanceof NixwaveError && error.code === "publish-not-kept")) throw error;
    const theirs = await steps.read();
    // A try whose answer was lost had written it: on top of itself it would be told as a release that changes nothing.
    if (same(theirs, release)) return KEPT;
    // The old release or none at all: the broker dropped ours, nobody replaced it.
    if (theirs === undefined || same(theirs, before)) throw error;
    return theirs;
  }
}

const same = (a: Release | undefined, b: Release | undefined): boolean => textOf(a) === textOf(b);

const textOf = (release: Release | undefined): string | undefined =>
  release && Buffer.from(encodePayload("release", release)).toString("utf8");
