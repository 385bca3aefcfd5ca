import { type ProgramEnd, runProgram } from "../run-program.ts";

type Call = (file: string, ...args: readonly string[]) => Promise<ProgramEnd>;

/** Somebody who sits at this machine. */
interface Sitter {
  readonly uid: number;
  readonly name: string;
}

interface NoticeSettings {
  /** Run as the person, with title and text as its last arguments; it prints `later` or `now`. */
  readonly program: readonly string[];
  /** For an answer, in ms. */
  readonly waitMs: number;
}

type Answer = "later" | "now";

const MOST_SITTERS = 4;
const SHOWN = ["Active", "Remote", "Class", "Type", "Seat", "User", "Name"];

/** Active sessions of people at a seat with a desktop; a login over the network is nobody who sits here. */
async function sittersHere(call: Call): Promise<readonly Sitter[]> {
  const listed = (await call("loginctl", "list-sessions", "--no-legend")).stdout;
  const ids = listed
    .split("\n")
    .flatMap((line) => /^\s*([A-Za-z0-9]{1,32})\s/.exec(line)?.[1] ?? []);
  const shown = await Promise.all(
    ids.map((id) =>
      call("loginctl", "show-session", id, ...SHOWN.map((name) => `--property=${name}`)),
    ),
  );
  const sitters = shown.flatMap(({ stdout }) => sitterIn(stdout) ?? []);
  const once = new Map(sitters.map((one) => [one.uid, one]));
  return [...once.values()].slice(0, MOST_SITTERS);
}

/** @param shown what `loginctl show-session` printed */
function sitterIn(shown: string): Sitter | null {
  const field = (name: string): string => new RegExp(`^${name}=(.*)$`, "m").exec(shown)?.[1] ?? "";
  const isHere = field("Active") === "yes" && field("Remote") === "no" && field("Class") === "user";
  if (!isHere || field("Seat") === "" || !/^(?:x11|wayland|mir)$/.test(field("Type"))) return null;
  const [uid, name] = [field("User"), field("Name")];
  if (!/^\d{1,10}$/.test(uid) || !/^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/.test(name)) return null;
  return { uid: Number(uid), name };
}

/** @param printed the program's whole output; anything but one of the two words is no answer */
export const answerIn = (printed: string): Answer | null =>
  printed === "later\n" || printed === "later" ? "later" : /^now\n?$/.test(printed) ? "now" : null;

/**
 * Asks everybody who sits here; the first answer counts. It resolves when `waitMs` are over, whatever the programs
 * do, and never throws: a notice that cannot be shown holds nothing up.
 * @returns null when nobody answered
 */
export async function askPerson(
  { program, waitMs }: NoticeSettings,
  text: readonly [title: string, body: string],
  around: { readonly call: Call; readonly path: string; readonly stop: AbortSignal },
): Promise<Answer | null> {
  const over = AbortSignal.any([around.stop, AbortSignal.timeout(waitMs)]);
  const { promise, resolve } = Promise.withResolvers<Answer | null>();
  over.addEventListener("abort", () => resolve(null), { once: true });
  if (over.aborted) return null;
  const enough = new AbortController();
  const stop = AbortSignal.any([over, enough.signal]);
  const asked = sittersHere(around.call).then(async (sitters) => {
    await Promise.all(
      sitters.map(async ({ uid, name }) => {
        const runtime = `/run/user/${uid}`;
        const bus = `unix:path=${runtime}/bus`;
        const env = { PATH: around.path, XDG_RUNTIME_DIR: runtime, DBUS_SESSION_BUS_ADDRESS: bus };
        const line = ["-u", name, "--", ...program, ...text];
        const { exitCode, stdout } = await runProgram("runuser", line, {
          env,
          limitMs: waitMs,
          stop,
        });
        const answer = exitCode === 0 ? answerIn(stdout) : null;
        if (answer) resolve(answer);
      }),
    );
    resolve(null);
  });
  asked.catch(() => resolve(null)); // no logind, no runuser: nobody to ask
  try {
    return await promise;
  } finally {
    enough.abort();
  }
}
