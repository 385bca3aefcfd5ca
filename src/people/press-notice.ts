import type { EpochMs, HostName } from "../contract/index.ts";
import { formatWhen } from "./days.ts";
import type { Home } from "./home.ts";
import {
  finish,
  type Notification,
  type NotificationAction,
  type Priority,
} from "./notification.ts";
import { type Language, say } from "./say.ts";

/** What a button of a notification does; "test" only says that the tap arrived. */
export type ButtonVerb = Exclude<NotificationAction["verb"], "install"> | "test";

/** A button as people know it. */
export interface PhoneButton {
  readonly verb: ButtonVerb;
  readonly label: string;
  readonly host: HostName | null;
}

/** What became of a tap. */
export type Pressed =
  /** The same tap, heard twice: nobody is told anything. */
  | { readonly kind: "again" }
  | { readonly kind: "unknown" }
  | {
      readonly kind: "done" | "refused";
      readonly name: string;
      readonly button: PhoneButton;
      /** The hub's own answer. */
      readonly said: string;
    }
  | {
      readonly kind: "used" | "expired" | "stale";
      readonly name: string;
      readonly button: PhoneButton;
      /** When it was used, when its time ran out, when it was sent. */
      readonly at: EpochMs;
    };

const PRIORITY: Readonly<Record<Exclude<Pressed["kind"], "again">, Priority>> = {
  done: 2, // whoever tapped looks at the phone
  refused: 3,
  used: 3,
  expired: 3,
  stale: 3,
  unknown: 3,
};

/** The answer to a tap, a notification of its own; null where there is nothing to say. */
export function pressNotice(pressed: Pressed, now: EpochMs, home: Home): Notification | null {
  if (pressed.kind === "again") return null;
  const { language } = home;
  if (pressed.kind === "unknown") {
    return finish({
      about: ["button", "unknown"],
      title: say(language, "press.unknown"),
      lines: [say(language, "press.unknownWhy"), say(language, "press.next")],
      ...{ priority: PRIORITY.unknown, tags: ["grey_question"], actions: [] },
    });
  }
  const { kind, button, name } = pressed;
  const isDone = kind === "done";
  return finish({
    about: ["button", name],
    title: say(language, `press.${kind}`, { label: button.label }),
    lines: linesOf(pressed, now, home),
    priority: PRIORITY[kind],
    tags: [isDone ? "white_check_mark" : "hourglass"],
    actions: [],
  });
}

function linesOf(
  pressed: Exclude<Pressed, { kind: "again" | "unknown" }>,
  now: EpochMs,
  home: Home,
): readonly string[] {
  const { language } = home;
  const would = wouldHave(pressed.button, home);
  switch (pressed.kind) {
    case "done":
      return [pressed.said || say(language, "press.testSaid")];
    case "refused":
      return [pressed.said, would];
    default: {
      const when = formatWhen(pressed.at, now, home);
      return [
        say(language, `press.${pressed.kind}Why`, { when }),
        would,
        say(language, "press.next"),
      ];
    }
  }
}

const wouldHave = ({ verb, host }: PhoneButton, { language }: Home): string =>
  WOULD[verb](language, host ?? say(language, "notice.everything"));

const WOULD: Readonly<Record<ButtonVerb, (language: Language, what: string) => string>> = {
  hold: (language, what) => say(language, "would.hold", { what }),
  resume: (language, what) => say(language, "would.resume", { what }),
  approve: (language, what) => say(language, "would.approve", { what }),
  skip: (language, what) => say(language, "would.skip", { what }),
  retry: (language, what) => say(language, "would.retry", { what }),
  rollback: (language, what) => say(language, "would.rollback", { what }),
  abort: (language) => say(language, "would.abort"),
  deploy: (language) => say(language, "would.deploy"),
  unfence: (language) => say(language, "would.unfence"),
  test: (language) => say(language, "would.test"),
};
