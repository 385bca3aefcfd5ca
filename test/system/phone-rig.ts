import { expect } from "vitest";
import { parseNotifyConfig } from "../../node-red-nodes/notify/notify-config.ts";
import { type Delivery, PhoneLine } from "../../node-red-nodes/notify/phone-line.ts";
import type { Conductor } from "../../src/conductor/index.ts";
import { type Notification, parseTimeZone } from "../../src/people/index.ts";
import { PlayedHome } from "../conductor/played-home.ts";
import { NtfyDouble, type NtfyDoubleOptions } from "../support/ntfy-double.ts";

export const soon = { timeout: 8_000, interval: 10 };
/** As docs/phone.md sets it up. */
export const CLOSED: NtfyDoubleOptions = {
  everyone: {},
  tokens: {
    tk_hub: { home: ["write"], "home-ctl": ["read"] },
    tk_button: { "home-ctl": ["write"] },
  },
};
export const NOTE: Notification = {
  ...{ sequenceId: "hold-wall", title: "nuc asks", body: "Approve?", priority: 4, tags: [] },
  actions: [
    { verb: "hold", label: "Hold", host: null },
    { verb: "resume", label: "Resume", host: null },
  ],
};
export const NOBODY: Delivery = {
  onSent: () => undefined,
  onLost: () => undefined,
  onFolded: () => undefined,
};

/** A hub in memory, a double of ntfy on a socket and the line between them. */
export class Phone implements AsyncDisposable {
  readonly home = new PlayedHome();
  readonly warned: string[] = [];
  retries = 0;
  readonly server: NtfyDouble;
  readonly away = new NtfyDouble();
  line: PhoneLine | null = null;
  #leave: () => void = () => undefined;

  constructor(options: NtfyDoubleOptions) {
    this.server = new NtfyDouble(options);
  }

  async open(more: object = {}, secrets: object = {}, hub?: Conductor): Promise<PhoneLine> {
    const conductor = hub ?? (await this.home.open());
    const line = new PhoneLine({
      ...{ id: "phone", restMs: 10, warn: (text) => this.warned.push(text) },
      config: parseNotifyConfig(
        { id: "phone", server: this.server.url, topic: "home", ...more },
        { token: "tk_hub", buttonToken: "tk_button", ...secrets },
      ),
      home: { language: "en", zone: parseTimeZone("UTC") },
      onRetry: () => {
        this.retries += 1;
      },
    });
    this.line = line;
    this.#leave = line.join(conductor);
    return line;
  }

  close(): void {
    this.#leave();
    this.line?.close();
  }

  get shown() {
    return this.server.shown("home");
  }
  get last() {
    return this.server.sent("home").at(-1);
  }
  /** Buttons wait until the topics are known to be closed. */
  async withButtons(note: Notification = NOTE): Promise<void> {
    await expect
      .poll(async () => {
        await new Promise<void>((resolve) =>
          this.line?.post(note, { ...NOBODY, onSent: () => resolve() }),
        );
        return this.last?.actions?.length;
      }, soon)
      .toBeGreaterThan(0);
  }
  async answer(title: string): Promise<string> {
    const found = () => this.server.sent("home").find((one) => one.title === title);
    await expect.poll(found, soon).toBeDefined();
    return String(found()?.message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.home[Symbol.asyncDispose]();
    for (const one of [this.server, this.away]) await one[Symbol.asyncDispose]();
  }
}

export async function phoneOn(options: NtfyDoubleOptions = CLOSED): Promise<Phone> {
  const phone = new Phone(options);
  await phone.server.start();
  await phone.away.start();
  return phone;
}
