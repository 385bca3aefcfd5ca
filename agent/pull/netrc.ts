/** A login for one machine of a netrc file. */
export interface Login {
  /** Null for `default`: every machine that has no entry of its own before it. */
  readonly machine: string | null;
  readonly user: string;
  readonly password: string;
}

/** Words, or quoted ones in which a backslash takes the next character as it is (curl). */
const TOKEN = /"((?:[^"\\]|\\.)*)"|(\S+)/g;

/** Reads a netrc file as curl does, which Nix hands it to. What it does not know it passes over. */
export function parseNetrc(text: string): readonly Login[] {
  const lines = text.split("\n").filter((line) => !line.trimStart().startsWith("#"));
  const words = [...lines.join("\n").matchAll(TOKEN)].map(
    ([, quoted, plain]) => quoted?.replace(/\\(.)/g, "$1") ?? plain ?? "",
  );
  const logins: { machine: string | null; user: string; password: string }[] = [];
  for (let at = 0; at < words.length; at++) {
    const next = words[at + 1] ?? "";
    const login = logins.at(-1);
    switch (words[at]) {
      case "machine":
        logins.push({ machine: next, user: "", password: "" });
        at++;
        break;
      case "default":
        logins.push({ machine: null, user: "", password: "" });
        break;
      case "login":
        if (login) login.user = next;
        at++;
        break;
      case "password":
        if (login) login.password = next;
        at++;
        break;
      default:
    }
  }
  return logins;
}

/** @returns the value of the Authorization header for `hostname`, null without a login for it */
export function basicLogin(logins: readonly Login[], hostname: string): string | null {
  const login = logins.find(({ machine }) => machine === null || machine === hostname);
  if (!login) return null;
  return `Basic ${Buffer.from(`${login.user}:${login.password}`, "utf8").toString("base64")}`;
}
