/** How far a pull has come. Bytes are those of the unpacked archives, of the paths that were missing. */
export interface PullProgress {
  /** 0 to 100; never falls, and 100 only when Nix has ended well. */
  readonly percent: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly pathsDone: number;
  readonly pathsTotal: number;
}

/** Reads the lines that Nix writes with `--log-format internal-json`. */
export interface ProgressReader {
  /** @returns whether the line shows that something moved: bytes, or an activity that ended */
  read(line: string): boolean;
  readonly progress: PullProgress;
  /** What Nix said in words, without colours. */
  readonly text: string;
  /** @returns the paths that Nix has copied since this was asked last; it makes each valid before it says so */
  takeCopied(): readonly string[];
  /** The addresses that are being read from now. */
  readonly transfers: readonly string[];
}

const PREFIX = "@nix ";
/** Types of Nix's activities and results (libutil, logging.hh). */
const COPY_PATH = 100;
const TRANSFER = 101;
const COPY_PATHS = 103;
const PROGRESS = 105;
const EXPECTED = 106;
const MOST_TEXT = 64 * 1024;
const MOST_BEFORE_END = 99;
// Ids are (pid << 32) + n: above 2^53 JSON.parse would take neighbours for one.
const ID = /"id":(\d+)/;
/** Nearly every line is one of these: 42,000 for 200 MB, too many to make objects of on a small host. */
const MOVED = /^@nix \{"action":"result","fields":\[(\d+),(\d+),\d+,\d+\],"id":(\d+),"type":105\}$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: Nix colours its messages even inside JSON
const COLOURS = /\u001b\[[0-9;]*m/g;

interface NixLine {
  readonly action?: unknown;
  readonly id?: unknown;
  readonly type?: unknown;
  readonly msg?: unknown;
  readonly fields?: unknown;
}

interface Activity {
  readonly type: unknown;
  /** The address that is read from, or the path that is copied. */
  readonly what: string;
  done: number;
  expected: number;
}

/** @param onSaid hears each line that Nix says in words @returns a reader for one run of Nix */
export function readProgress(onSaid: (words: string) => void = () => {}): ProgressReader {
  const copied: string[] = [];
  const activities = trackActivities((path) => void copied.push(path));
  let percent = 0;
  let text = "";
  let last = "";
  const say = (line: string): false => {
    const words = line.replace(COLOURS, "");
    text = `${text}${words}\n`.slice(-MOST_TEXT);
    onSaid(words);
    return false;
  };
  return {
    read(line) {
      if (line === last) return false; // a third of all lines repeat the one before
      last = line;
      const moved = MOVED.exec(line);
      if (moved) return activities.progress(moved[3] ?? "", Number(moved[1]), Number(moved[2]));
      const parsed = parseLine(line);
      if (parsed === null) return say(line);
      return parsed.action === "msg" ? say(String(parsed.msg)) : activities.take(parsed);
    },
    get progress() {
      const { bytesTotal, paths } = activities.totals();
      const bytesDone = Math.min(activities.bytesDone(), bytesTotal);
      const now = bytesTotal === 0 ? 0 : Math.floor((100 * bytesDone) / bytesTotal);
      percent = Math.max(percent, Math.min(MOST_BEFORE_END, now));
      return { percent, bytesDone, bytesTotal, pathsDone: paths.done, pathsTotal: paths.total };
    },
    get text() {
      return text;
    },
    takeCopied: () => copied.splice(0),
    get transfers() {
      return activities.transfers();
    },
  };
}

function trackActivities(onCopied: (path: string) => void) {
  const running = new Map<string, Activity>();
  let finishedBytes = 0;
  let runningBytes = 0;
  let bytesTotal = 0;
  let paths = { done: 0, total: 0 };
  function stop(id: string): boolean {
    const activity = running.get(id);
    if (activity?.type === COPY_PATH) {
      onCopied(activity.what);
      runningBytes -= activity.done;
      finishedBytes += activity.expected || activity.done; // the last piece of a path is not reported: its end is
    }
    return running.delete(id);
  }

  /** @returns whether bytes have come */
  function result(id: string, type: unknown, [first = 0, second = 0]: readonly number[]): boolean {
    if (type === EXPECTED && first === COPY_PATH) bytesTotal = second;
    return type === PROGRESS && progress(id, first, second);
  }

  /** @returns whether bytes have come */
  function progress(id: string, first: number, second: number): boolean {
    const activity = running.get(id);
    if (activity === undefined) return false;
    if (activity.type === COPY_PATHS) paths = { done: first, total: second };
    if (activity.type === COPY_PATH) runningBytes += first - activity.done;
    const moved = first > activity.done;
    activity.done = first;
    activity.expected = second;
    return moved;
  }

  return {
    progress,
    /** @returns whether something moved */
    take(line: NixLine): boolean {
      const id = String(line.id);
      if (line.action === "stop") return stop(id);
      if (line.action === "result") return result(id, line.type, numbersOf(line.fields));
      if (line.action !== "start") return false;
      running.set(id, { type: line.type, what: subjectOf(line), done: 0, expected: 0 });
      return false;
    },
    totals: () => ({ bytesTotal, paths }),
    bytesDone: () => finishedBytes + runningBytes,
    transfers: () =>
      [...running.values()].filter(({ type }) => type === TRANSFER).map(({ what }) => what),
  };
}

function parseLine(line: string): NixLine | null {
  if (!line.startsWith(PREFIX)) return null;
  try {
    const value: unknown = JSON.parse(line.slice(PREFIX.length).replace(ID, '"id":"$1"'));
    return typeof value === "object" ? value : null;
  } catch {
    return null; // cut off by a kill: words like any others
  }
}

const numbersOf = (fields: unknown): readonly number[] =>
  Array.isArray(fields) ? fields.map((field) => (Number.isFinite(field) ? Number(field) : 0)) : [];

const subjectOf = ({ type, fields }: NixLine): string =>
  (type === TRANSFER || type === COPY_PATH) && Array.isArray(fields) ? String(fields[0]) : "";
