import type { NoButtons } from "../../src/people/index.ts";
import { authorized, type NtfyTopic } from "./ntfy-post.ts";

export interface ButtonGround {
  readonly home: NtfyTopic;
  readonly control: NtfyTopic;
  readonly buttonToken: string;
}

type Door = "open" | "closed" | "unknown";
type Right = "read" | "write";

const REQUEST_MS = 15_000;
/** No priority of ntfy's: whoever may write is told that it is wrong (400), and nobody is told anything. */
const IMPOSSIBLE_PRIORITY = "9";

/**
 * Who could read a button's token, or press one? Buttons are given out only where the answer is: nobody but the
 * phones. The topic and the control topic must refuse whoever has no token; the token that travels with the buttons
 * must be good for pressing and for nothing else. A topic that is only hard to guess is not closed: it stands in
 * the app of everybody who was ever shown it, and no server keeps it secret.
 * @returns null: give them out
 */
export async function whyNoButtons(
  { home, control, buttonToken }: ButtonGround,
  signal: AbortSignal,
): Promise<NoButtons | null> {
  const rows: readonly (readonly [NtfyTopic, Right, string, Door, NoButtons])[] = [
    [home, "read", "", "closed", "topic-readable"],
    [home, "write", "", "closed", "topic-writable"],
    [control, "read", "", "closed", "control-readable"],
    [control, "write", "", "closed", "control-writable"],
    [control, "read", control.token, "open", "cannot-listen"],
    [control, "write", buttonToken, "open", "button-token-powerless"],
    [control, "read", buttonToken, "closed", "button-token-too-strong"],
    [home, "read", buttonToken, "closed", "button-token-too-strong"],
    [home, "write", buttonToken, "closed", "button-token-too-strong"],
  ];
  for (const [topic, right, token, wanted, otherwise] of rows) {
    if (otherwise === "button-token-powerless" && token === "") return "no-button-token";
    const door = await tryDoor(topic, right, token, signal);
    if (door === "unknown") return "unreachable";
    if (door !== wanted) return otherwise;
  }
  return null;
}

async function tryDoor(
  { server, topic }: NtfyTopic,
  right: Right,
  token: string,
  signal: AbortSignal,
): Promise<Door> {
  const path = right === "read" ? `/${topic}/json?poll=1&since=none` : `/${topic}`;
  try {
    const response = await fetch(new URL(path, server), {
      method: right === "read" ? "GET" : "POST",
      headers: {
        ...authorized(token),
        ...(right === "write" ? { "x-priority": IMPOSSIBLE_PRIORITY } : {}),
      },
      redirect: "error", // what another page says is nothing about this topic, and nothing is posted through it either
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]),
    });
    await response.body?.cancel();
    return doorOf(response.status, right);
  } catch {
    return "unknown";
  }
}

function doorOf(status: number, right: Right): Door {
  if (status === 401 || status === 403) return "closed";
  if (status < 300 || (right === "write" && status === 400)) return "open";
  return "unknown";
}
