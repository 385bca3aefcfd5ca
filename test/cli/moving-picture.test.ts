import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { openMovingPicture } from "../../src/cli/moving-picture.ts";

const HIDDEN = "\u001b[?25l";
const SHOWN = "\u001b[?25h";

it("hides the cursor while a picture moves, brings it back once, and takes no signal from the program", () => {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const listeners = () => [...signals, "exit" as const].map((name) => process.listenerCount(name));
  const before = listeners();
  const stdout = new PassThrough();
  const picture = openMovingPicture(stdout);
  picture.draw("rp4 ready");
  expect(listeners().slice(0, signals.length)).toEqual(before.slice(0, signals.length));
  picture.end();
  expect(listeners()).toEqual(before);
  const written = String(stdout.read());
  expect(written.startsWith(HIDDEN)).toBe(true);
  expect(written).toContain("rp4 ready");
  expect(written.split(SHOWN)).toHaveLength(2);
  expect(written.endsWith(SHOWN)).toBe(true);
});
