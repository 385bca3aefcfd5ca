import { expect, it } from "vitest";
import { DayInTheHouse } from "./day-rig.ts";
import { liveTheDay, STORY } from "./day-story.ts";

it("a day in the house, and the phone's notifications in order, word for word", async () => {
  await using day = new DayInTheHouse();
  await liveTheDay(day);
  expect(day.phone).toBe(STORY);
  expect(day.failures).toEqual([]);
}, 120_000);
