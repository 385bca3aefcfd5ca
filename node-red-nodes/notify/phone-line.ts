import { randomBytes } from "node:crypto";
import type { Conductor } from "../../src/conductor/index.ts";
import { instant } from "../../src/contract/index.ts";
import {
  type ActionRequest,
  type Home,
  hushed,
  type NoButtons,
  type Notification,
  noButtonsText,
  ntfyMessage,
  type Pressed,
  pressNotice,
  quietUntil,
  testButton,
  testNotice,
  viewOnly,
} from "../../src/people/index.ts";
import { ButtonsOfPhone, type ReadyButton } from "./buttons-of-phone.ts";
import { Complaint } from "./complaint.ts";
import { Morning } from "./morning.ts";
import type { NotifyConfig } from "./notify-config.ts";
import { authorized, postToNtfy, saysSequence } from "./ntfy-post.ts";
import { openAway } from "./open-away.ts";
import { PostBox } from "./post-box.ts";
import { UrgentNotes } from "./urgent-notes.ts";

export interface LinePorts {
  readonly id: string;
  readonly config: NotifyConfig;
  readonly home: Home;
  readonly restMs: number;
  readonly warn: (text: string) => void;
  readonly onRetry: (afterMs: number) => void;
}

export interface Delivery {
  readonly onSent: (reply: unknown) => void;
  readonly onLost: (why: string, status: number | null) => void;
  /** Left out on purpose: a server that cannot rewrite gets few. */
  readonly onFolded: () => void;
}

/** Of the test in the dialog. */
export interface TestState {
  readonly state: "none" | "sending" | "waiting" | "tapped" | "sent" | "failed";
  /** Why there is no button, or why it failed; for people. */
  readonly why: string;
}

/** Below this nobody needs to know on a server where each is a notification of its own. */
const WORTH_A_NEW_ONE = 3;
const SILENTLY: Delivery = {
  onSent: () => undefined,
  onLost: () => undefined,
  onFolded: () => undefined,
};

/** Everything between one notify node and the phones. */
export class PhoneLine {
  readonly #ports: LinePorts;
  readonly #box: PostBox;
  readonly #unsent: Complaint;
  readonly #morning: Morning;
  #buttons: ButtonsOfPhone | null = null;
  #urgent: UrgentNotes | null = null;
  /** Null: the server has not shown yet whether it rewrites. */
  #rewrites: boolean | null = null;
  #test: TestState = { state: "none", why: "" };
  /** Waits for whether there may be buttons, which takes a moment once. */
  #early: (() => void)[] = [];

  constructor(ports: LinePorts) {
    this.#ports = ports;
    this.#unsent = new Complaint((why) => ports.warn(`not sent yet: ${why}; it is tried again`));
    this.#box = new PostBox({
      restMs: ports.restMs,
      onRetry: (afterMs, why) => this.#isLate(afterMs, why),
    });
    this.#morning = new Morning((notification) => this.post(notification, SILENTLY));
  }

  get test(): TestState {
    return this.#test;
  }

  post(notification: Notification, delivery: Delivery): void {
    const { config, home } = this.#ports;
    const now = instant(Date.now());
    const end = config.quiet && quietUntil(now, config.quiet, home.zone);
    const shown = end === null ? notification : hushed(notification);
    const isHushed = shown.priority < notification.priority;
    if (isHushed && end !== null) this.#morning.keep(notification, end);
    else this.#morning.forget(notification.sequenceId);
    if (this.#rewrites === false && shown.priority < WORTH_A_NEW_ONE) {
      this.#buttonsOf({ ...shown, actions: [] }); // older buttons are out of date all the same
      delivery.onFolded();
      return;
    }
    this.#urgent?.keep(notification);
    this.#send(shown, delivery);
  }

  /** Once the fleet's hub is open. @returns leaves it */
  join(conductor: Conductor): () => void {
    const { id, config, restMs, warn } = this.#ports;
    const buttons = new ButtonsOfPhone(conductor, {
      ...{ id, config, restMs, warn },
      onPressed: (pressed) => this.#pressed(pressed),
      onGround: (why) => this.#onGround(why),
    });
    this.#buttons = buttons;
    this.#urgent = new UrgentNotes(conductor.notes, `urgent/${id}`);
    for (const notification of this.#urgent.unsent()) this.post(notification, SILENTLY);
    const away = openAway(conductor, this.#ports);
    const stop = conductor.watch((view) => {
      if (!view.isLearning) buttons.listen();
      away?.look(view);
    });
    return () => {
      stop();
      away?.close();
      buttons.close();
      this.#buttons = null;
      this.#urgent = null;
      this.#sendEarly();
    };
  }

  /** Sends one that waits for a tap, where it can have a button. */
  sendTest(): TestState {
    const { home } = this.#ports;
    const name = `test-${randomBytes(6).toString("hex")}`;
    const why = this.#whyNot();
    const made = why === null ? this.#buttons?.make(name, [testButton(home)]) : null;
    const isButton = made !== null && made !== undefined && made.length > 0;
    const text = why === null ? "" : noButtonsText(why, home.language);
    this.#test = { state: "sending", why: text };
    const done = (state: TestState["state"], because = text): void => {
      if (this.#test.state === "sending") this.#test = { state, why: because };
    };
    this.#mail(testNotice(name, isButton, home), made ?? [], {
      onSent: () => done(isButton ? "waiting" : "sent"),
      onLost: (because) => done("failed", because),
      onFolded: () => undefined,
    });
    return this.#test;
  }

  close(): void {
    this.#morning.close();
    this.#box.close();
  }

  #whyNot(): NoButtons | null {
    return this.#buttons ? this.#buttons.why : "no-fleet";
  }

  /** Mended, or broken: said once, for whoever reads the log. */
  #onGround(why: NoButtons | null): void {
    this.#sendEarly();
    if (why === null || why === "checking" || why === "unreachable") return;
    this.#ports.warn(noButtonsText(why, this.#ports.home.language));
  }

  #pressed(pressed: Pressed): void {
    const { home } = this.#ports;
    if (pressed.kind === "done" && pressed.button.verb === "test") {
      this.#test = { state: "tapped", why: "" };
    }
    const notice = pressNotice(pressed, instant(Date.now()), home);
    if (notice) this.#send(notice, SILENTLY); // also at night: somebody has just tapped
  }

  #isLate(afterMs: number, why: string): void {
    if (this.#test.state === "sending") this.#test = { state: "sending", why };
    this.#unsent.tell(why);
    this.#ports.onRetry(afterMs);
  }

  #sendEarly(): void {
    const early = this.#early;
    this.#early = [];
    for (const send of early) send();
  }

  #send(notification: Notification, delivery: Delivery): void {
    if (this.#whyNot() === "checking") {
      this.#early.push(() => this.#send(notification, delivery));
      return;
    }
    const made = this.#buttonsOf(notification);
    if (typeof made !== "string") {
      this.#mail(notification, made, delivery);
      return;
    }
    this.#mail(viewOnly(notification, made, this.#ports.home), [], delivery);
  }

  /** @returns why there are none */
  #buttonsOf({ sequenceId, actions }: Notification): readonly ReadyButton[] | NoButtons {
    const why = this.#whyNot();
    if (why !== null) return why;
    const wanted = actions.flatMap(({ verb, label, host }) =>
      verb === "install" ? [] : [{ verb, label, host }],
    );
    return this.#buttons?.make(sequenceId, wanted) ?? "no-journal";
  }

  #mail(notification: Notification, buttons: readonly ReadyButton[], delivery: Delivery): void {
    const { config } = this.#ports;
    const { click, home: to } = config;
    const { sequenceId } = notification;
    const tapped: Notification["actions"] = buttons.map(({ label }) => ({
      ...{ verb: "hold", label, host: null }, // what it does stands in the hub's book
    }));
    const request: ActionRequest = (action) =>
      this.#requestOf(buttons[tapped.indexOf(action)]?.token ?? "");
    const message = ntfyMessage({ ...notification, actions: tapped }, to.topic, click, request);
    this.#box.post({
      ...{ about: sequenceId, priority: notification.priority },
      send: (signal) => postToNtfy(to, message, signal),
      onSent: (reply) => {
        this.#rewrites = saysSequence(reply, sequenceId);
        this.#urgent?.forget(sequenceId);
        this.#unsent.itWentWell();
        delivery.onSent(reply);
      },
      onLost: (why, status) => {
        if (status !== null) this.#urgent?.forget(sequenceId); // refused: it will be refused again
        delivery.onLost(why, status);
      },
    });
  }

  #requestOf(token: string): ReturnType<ActionRequest> {
    const { buttonToken, control, phoneUrl } = this.#ports.config;
    const url = new URL(`/${control.topic}`, phoneUrl).href;
    return { url, headers: authorized(buttonToken), body: token };
  }
}
