import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answerIn, askPerson } from "../../agent/machine/ask-person.ts";
import { systemCall } from "../../agent/machine/system-call.ts";

/*
 * Modelled: logind's answers (a seat with a screen is not to be had here) and runuser, which only writes down for
 * whom it ran. Real: the programs are started, spoken to, limited and ended as on a laptop.
 */
const LOGINCTL = `#!/bin/sh
case "$1" in
list-sessions) printf '  %s\\n' '1 1000 ada seat0 tty2' '2 1001 bob - pts/0' 'c3 120 gdm seat0 tty1' '4 1002 eve seat0 tty3' ;;
show-session) case "$2" in
  1) printf 'Active=yes\\nRemote=no\\nClass=user\\nType=wayland\\nSeat=seat0\\nUser=1000\\nName=ada\\n' ;;
  2) printf 'Active=yes\\nRemote=yes\\nClass=user\\nType=tty\\nSeat=\\nUser=1001\\nName=bob\\n' ;;
  c3) printf 'Active=yes\\nRemote=no\\nClass=greeter\\nType=wayland\\nSeat=seat0\\nUser=120\\nName=gdm\\n' ;;
  4) printf 'Active=no\\nRemote=no\\nClass=user\\nType=x11\\nSeat=seat0\\nUser=1002\\nName=eve\\n' ;;
  esac ;;
esac
`;
const RUNUSER = `#!/bin/sh
echo "$2 $DBUS_SESSION_BUS_ADDRESS" >>"\${0%/*}/asked"
shift 3
exec "$@"
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nixwave-notice-"));
  for (const [name, text] of [
    ["loginctl", LOGINCTL],
    ["runuser", RUNUSER],
  ] as const) {
    await writeFile(join(folder, name), text);
    await chmod(join(folder, name), 0o755);
  }
});
// Somebody who was no longer waited for may still write down that they were asked.
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }));

const TEXT = ["Update", "It is ready; $(touch /nonsense)"] as const;

async function asked(script: string, waitMs = 20_000, stop = new AbortController().signal) {
  const path = `${folder}:${process.env["PATH"]}`;
  const program = ["/bin/sh", "-c", script, "ask"];
  return await askPerson({ program, waitMs }, TEXT, { call: systemCall(path).run, path, stop });
}

describe("whoever sits at a laptop", () => {
  it("is asked in their own session, in the text's own words, and nobody else is", async () => {
    expect(
      await asked(`[ "$1 $2" = 'Update It is ready; $(touch /nonsense)' ] && echo later`),
    ).toBe("later");
    const lines = await readFile(join(folder, "asked"), "utf8");
    expect(lines).toBe("ada unix:path=/run/user/1000/bus\n");
  });

  it.each([
    ["now", "echo now", "now"],
    ["a word that is none", "echo perhaps", null],
    ["too many words", "echo later; echo now", null],
    ["a word and a failure", "echo later; exit 1", null],
    ["nothing", "true", null],
    ["no such program", "exec /nonexistent", null],
  ])("has said %s", async (_what, script, answer) => {
    expect(await asked(script)).toBe(answer);
  });

  it("is waited for no longer than the limit, though the program goes on", async () => {
    expect(await asked("trap '' TERM; sleep 30 & wait; wait; echo later", 300)).toBeNull();
  });

  it("is not waited for when the hub says something else", async () => {
    const stop = new AbortController();
    const answer = asked("sleep 30; echo later", 60_000, stop.signal);
    stop.abort();
    expect(await answer).toBeNull();
  });

  it("answers in one of two words", () => {
    expect(["later", "later\n", "now\n", "Later", "later\n\n", " now"].map(answerIn)).toEqual([
      ...["later", "later", "now", null, null, null],
    ]);
  });
});
