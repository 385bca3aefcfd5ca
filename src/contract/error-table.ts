interface ErrorEntry {
  /** What happened, for a person who reads a log. */
  readonly meaning: string;
  /** The way out. */
  readonly remedy: string;
}

const entry = (meaning: string, remedy: string): ErrorEntry => ({ meaning, remedy });

/**
 * The one table of error codes of all rooms. Codes are never renamed or reused: they travel in
 * `reported` and in scripts. ARCHITECTURE.md repeats it; test/architecture/docs.test.ts compares both.
 */
export const ERRORS = {
  // Bytes
  "too-large": entry(
    "A payload or file is larger than its limit.",
    "Publish fewer hosts at once, or check who writes to that topic.",
  ),
  "not-utf8": entry("The bytes are not UTF-8.", "Check who writes to that topic or file."),
  "not-json": entry("The text is not JSON.", "Check who writes to that topic or file."),
  "duplicate-key": entry(
    "A signed JSON object names one key twice, so two readers could understand two things.",
    "Sign again with `nixwave sign`.",
  ),
  "unsafe-number": entry(
    "A signed payload holds a number that is not an integer of at most 2^53 - 1.",
    "Sign again with `nixwave sign`.",
  ),
  "invalid-field": entry(
    "A field is missing, unknown or has the wrong form; the message names it.",
    "Correct the field that the message names.",
  ),
  "invalid-base64": entry(
    "A base64 text is not in canonical form.",
    "Copy the key or envelope again, without line breaks or spaces.",
  ),
  // Names
  "invalid-host-name": entry(
    "A host name is not 1 to 63 characters of a-z, 0-9 and '-'.",
    "Use the host's networking.hostName in lower case.",
  ),
  "invalid-name": entry(
    "A fleet, channel, user or key name has characters that are not allowed.",
    "The message shows the form that is allowed.",
  ),
  "invalid-store-path": entry(
    "A text is not a Nix store path of a built output.",
    "Give the path that `nix build --print-out-paths` printed.",
  ),
  "invalid-instant": entry(
    "A point in time or a duration is malformed.",
    "Write it like 90d, 12h, 30m or 45s.",
  ),
  "invalid-topic": entry(
    "A topic is not one of Nixwave's.",
    "See the wire table in ARCHITECTURE.md.",
  ),
  // Keys and signatures
  "invalid-key": entry(
    "A key is not in Nix's `name:base64` form, or its two halves do not match.",
    "Make one with `nixwave keygen NAME`.",
  ),
  "invalid-envelope": entry(
    "A signed envelope is malformed or carries another payload type.",
    "Sign again with `nixwave sign`.",
  ),
  "signature-invalid": entry(
    "Fewer valid signatures of distinct trusted keys than the threshold asks for.",
    "Sign with a key that the host trusts, or add the key to its NixOS configuration first.",
  ),
  // Statement and release
  "wrong-fleet": entry("The statement is for another fleet.", "Sign with `--fleet` of this home."),
  "wrong-host": entry(
    "The statement or order is for another host.",
    "Check the deploy spec's host names.",
  ),
  "wrong-channel": entry(
    "The statement is for another channel.",
    "Sign with `--channel` of this host.",
  ),
  "wrong-system": entry(
    "The closure is for another system type.",
    "Check the host's nixpkgs.hostPlatform.",
  ),
  "statement-expired": entry(
    "The statement has expired.",
    "Run CI again; it signs the same paths anew.",
  ),
  "statement-mismatch": entry(
    "The order names another statement than the one it carries.",
    "Nothing to do if it does not repeat; else check who writes to the desired topic.",
  ),
  "serial-below-floor": entry(
    "The statement is older than what the host has committed.",
    "Sign the old path again under a new serial, or roll back from the hub.",
  ),
  "serial-equivocation": entry(
    "Two different statements carry the same serial: somebody else signs with this key.",
    "Check who holds the release key; rotate it and raise the trust epoch.",
  ),
  "serial-in-future": entry(
    "The serial lies more than a day ahead of the host's clock.",
    "Check the clock of CI and of the host.",
  ),
  "serial-not-rising": entry(
    "A release does not rise above the one it replaces.",
    "Publish with `nixwave publish`, which reads the retained release first.",
  ),
  "min-serial-invalid": entry(
    "minSerial lies above the statement's own serial.",
    "Leave --min-serial away, or lower it.",
  ),
  "release-empty": entry("A release names no host.", "Check the deploy spec and --only."),
  "host-repeated": entry("A release names one host twice.", "Check the deploy spec."),
  // Orders
  "order-stale": entry(
    "The order is older than it may be at acceptance (notAfter).",
    "Nothing to do: the hub issues a fresh one when it sees the host.",
  ),
  "order-replayed": entry(
    "The order's counter is below the last one accepted.",
    "Nothing to do: an old copy was delivered again.",
  ),
  "order-equivocation": entry(
    "Two different orders carry the same counter: two hubs order with one key.",
    "Stop the second hub, or give it a key of its own.",
  ),
  "clock-unsynchronised": entry(
    "The host's clock is not synchronised, so it holds.",
    "Check time synchronisation (timedatectl) on the host.",
  ),
  "not-in-trial": entry(
    "A commit arrived without a trial of that attempt.",
    "Nothing to do: the hub reads the host's report.",
  ),
  "attempt-closed": entry(
    "The attempt already has an outcome, which stands.",
    "Start a new attempt.",
  ),
  "not-committed-here": entry(
    "A roll back names a path that this host never committed, or not within its rollback window.",
    "Sign the old path again under a new serial.",
  ),
  quarantined: entry(
    "The path was abandoned on this host by a roll back.",
    "Order it again with retry.",
  ),
  // Command line
  "wrong-usage": entry(
    "The command line is not understood, or options contradict each other.",
    "See `nixwave COMMAND --help`.",
  ),
  "internal-error": entry("A bug in Nixwave.", "Please report it with the lines above."),
  "file-unreadable": entry(
    "A file cannot be read.",
    "Check the path that the message names, and its permissions.",
  ),
  "file-exists": entry(
    "A file that would be written is already there; nothing is overwritten.",
    "Choose another name or folder, or move the old file away if it is no longer needed.",
  ),
  "file-unwritable": entry("A file cannot be written.", "Check the folder, its owner and space."),
  "secret-exposed": entry(
    "A file with a secret can be read by other users.",
    "Run the chmod that the message names; if others had access, make a new secret.",
  ),
  "signing-key-missing": entry(
    "No signing key was given.",
    "Pass --key FILE, or set NIXWAVE_SIGNING_KEY or NIXWAVE_SIGNING_KEY_FILE; `nixwave keygen NAME` makes one.",
  ),
  "rollback-script-refused": entry(
    "The deploy spec has a rollbackScript; Nixwave lets no script travel.",
    "Remove it: a host returns by itself to what ran before unless the new system is confirmed.",
  ),
  "spec-unknown-key": entry(
    "A deploy spec has a key other than `agents`.",
    "Remove the key that the message names.",
  ),
  "no-previous-release": entry(
    "There is no previous release to carry statements over from.",
    "Publish all hosts once, without --only.",
  ),
  "previous-not-trusted": entry(
    "The previous release holds a statement that the given keys do not verify.",
    "Name the key that signed it with --trusted, or publish all hosts without --only.",
  ),
  "host-not-in-spec": entry(
    "--only names a host that the spec or description does not have.",
    "Correct --only, or add the host to the spec.",
  ),
  "system-unknown": entry(
    "The system type of a closure cannot be read.",
    "Name it: --system x86_64-linux for all hosts, or --system HOST=aarch64-linux for one.",
  ),
  "release-not-accepted": entry(
    "At least one statement of the release is not accepted by the given keys.",
    "The table says which host and why; sign and publish again.",
  ),
  "release-not-found": entry(
    "Nothing is retained on the release topic.",
    "Check --channel and --base, and whether anything was published; a broker may also hide it from this user.",
  ),
  // Nix
  "nix-missing": entry(
    "The `nix` command is not there.",
    "Install it: `apt install nix-bin`, or https://nixos.org/download.",
  ),
  "nix-failed": entry(
    "A Nix command failed; the message repeats what it said.",
    "Run the command that the message names by hand.",
  ),
  "path-not-in-store": entry(
    "The store does not have a path of the deploy spec.",
    "Build or push it first, or name the store that has it with --store URL.",
  ),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;
