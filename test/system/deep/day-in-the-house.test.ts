import { describe, expect, it } from "vitest";
import { liveTheDay, STORY } from "../../conductor/day-story.ts";
import { needs } from "../../support/system-parts.ts";
import { DayOnWires } from "../day-on-wires.ts";

describe.skipIf(needs("mosquitto").skip)(
  "a day in the house, over mosquitto and ntfy's double",
  () => {
    it("shows the same notifications in the same order, word for word, and does what is tapped on them", async () => {
      await using day = new DayOnWires();
      await liveTheDay(day);
      expect(day.phone).toBe(STORY);
      expect(new Set(day.failures.map(({ code }) => code))).toEqual(new Set());
    }, 400_000);
  },
);
