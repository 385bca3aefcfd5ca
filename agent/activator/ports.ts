import type { DurationMs, HostTrust, NarHash, StorePath } from "../../src/contract/index.ts";
import type { Limits } from "../decide/action.ts";
import type { ChangeSummary, ProbeVerdict } from "../decide/facts.ts";
import type { FilePort } from "../durable/file-port.ts";
import type { Machine } from "../machine/machine.ts";
import type { FormRange } from "./memory-forms.ts";
import type { Places } from "./places.ts";

export interface Fetch {
  readonly storePath: StorePath;
  readonly narHash: NarHash;
  /** What must stay while the attempt is open: the system that runs, and the deadman's program. */
  readonly running: StorePath | null;
}

export interface PullProgress {
  readonly percent: number | null;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly pathsDone: number;
  readonly pathsTotal: number;
}

/** The host's store, as far as an attempt needs it. */
export interface Closures {
  /** A fetch of this closure comes in a moment, unless the order is refused after all. Makes its roots at most; never fails. */
  foresee(wanted: Pick<Fetch, "storePath" | "running">): Promise<void>;
  /**
   * Roots first, then preflight, pull, signatures, narHash and marker.
   * @returns how much came
   * @throws NixwaveError with a code of the pull
   */
  fetch(
    wanted: Fetch,
    progress: (progress: PullProgress) => void,
    signal: AbortSignal,
  ): Promise<Pick<ChangeSummary, "downloadBytes" | "unpackedBytes">>;
  /** What the packages' versions would be, both systems being here. @throws NixwaveError when Nix fails */
  changes(
    from: StorePath | null,
    to: StorePath,
  ): Promise<Pick<ChangeSummary, "packages" | "packagesTotal">>;
  isHere(path: StorePath): Promise<boolean>;
  areRootsHeld(): Promise<boolean>;
  /** Keeps both, and the deadman's program, from garbage collection; durable when it resolves. */
  hold(wanted: Pick<Fetch, "storePath" | "running">): Promise<void>;
  dropRoots(): Promise<void>;
  setProfile(path: StorePath): Promise<void>;
  /** The program of the activator that this system carries; null where it says there is none. */
  activatorOf(system: StorePath): Promise<string | null>;
  /** Which forms of the host's memory that activator knows; null where the system has none. */
  memoryOf(system: StorePath): Promise<FormRange | null>;
}

export interface ActivatorParts {
  readonly trust: HostTrust;
  readonly limits: Limits;
  readonly places: Places;
  readonly files: FilePort;
  readonly machine: Machine;
  readonly closures: Closures;
  readonly probe: (limitMs: number, signal: AbortSignal) => Promise<ProbeVerdict>;
  /** Asks whoever sits here, no longer than the notice's own limit; null: nobody answered. */
  readonly askPerson: (
    notice: Pick<
      NonNullable<NonNullable<Limits["guards"]["laptop"]>["notice"]>,
      "program" | "waitMs"
    >,
    text: readonly [title: string, body: string],
    signal: AbortSignal,
  ) => Promise<"later" | "now" | null>;
  readonly now: () => number;
  /** The command line of this very activator in deadman mode. */
  readonly deadmanCommand: readonly string[];
  /** The program this is (`--self`); null where no system says whose it is. */
  readonly self: string | null;
  readonly applyLease: DurationMs;
  /** Waits no longer than this itself, in ms; for more it ends and is started again within a minute. */
  readonly waitsItselfMs: number;
  /** How long it stays for the next order after it has fetched, in ms. */
  readonly staysMs: number;
  /** The group that may read the report; null where there is none. */
  readonly reportGroupId: number | null;
  readonly say: (line: string) => void;
}
