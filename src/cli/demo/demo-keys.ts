import type { CommandIo } from "../command-io.ts";
import { listenToKeys } from "./press-keys.ts";
import type { LiveDemo } from "./run-demo.ts";
import type { Scene } from "./scene.ts";

/** The keys of a terminal while the demo runs; without a terminal there are none. */
export interface DemoKeys {
  /** Resolves with `q` and Ctrl-C. */
  readonly quit: Promise<void>;
  /** The story is told: from now on releases are a person's. */
  unlock(): void;
  /** Gives the terminal back. */
  end(): void;
}

/** Keys that would spoil the story while it is told. */
const AFTER_THE_STORY: ReadonlySet<string> = new Set(["g", "b", "h", "l"]);

export function openDemoKeys(io: CommandIo, demo: LiveDemo, scene: Scene): DemoKeys {
  const { promise: quit, resolve } = Promise.withResolvers<void>();
  const deeds = deedsIn(demo, scene);
  const busy = new Set<string>();
  let isUnlocked = false;
  const end = listenToKeys(io.stdin, (key) => {
    if (key === "q") return resolve();
    const deed = deeds[key];
    if (!deed || busy.has(key) || (AFTER_THE_STORY.has(key) && !isUnlocked)) return;
    busy.add(key); // a second press while the first one works is none
    deed()
      .catch((error: unknown) => scene.tell("demo", `failed: ${messageOf(error)}`))
      .finally(() => busy.delete(key));
  });
  return {
    ...{ quit, end },
    unlock() {
      isUnlocked = true;
    },
  };
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

function deedsIn(
  demo: LiveDemo,
  { heading }: Scene,
): Readonly<Record<string, () => Promise<unknown>>> {
  let isHeld = false;
  return {
    g() {
      heading("a good release");
      return demo.publish("works", `${demo.releases.length}: all good`);
    },
    b() {
      heading("a bad release: it breaks the heating");
      return demo.publish("broken", `${demo.releases.length}: a bad heating`);
    },
    async h() {
      isHeld = !isHeld;
      demo.house.press(isHeld);
      heading(isHeld ? "the wall switch holds; h takes it back" : "the wall switch is off");
    },
    async k() {
      heading("the hub is killed with SIGKILL, broker and all");
      await demo.hub.killAndRestart();
      heading("the hub is back, and goes on where it was");
    },
    l() {
      heading("x1 comes home");
      return demo.openLaptop();
    },
  };
}
