import { entriesOf, plainReason } from "../../src/rollout/index.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../support/contract-builders.ts";
import { act } from "./deeds.ts";
import { Home, type HomeParts, type Line } from "./home.ts";
import type { Looked } from "./looked.ts";
import { NOW_AND_THEN_MS, Person } from "./person.ts";
import type { Story } from "./story.ts";
import { Violation } from "./violation.ts";

export interface Telling {
  /** What did not hold, at which moment; null when everything did. */
  readonly violation: Violation | null;
  readonly lines: readonly Line[];
  readonly looked: Looked;
}

/**
 * Runs a story from its first to its last act, then two quiet days in which everything works and somebody
 * answers: after them nothing may be stuck.
 */
export function tellStory(story: Story, parts?: HomeParts): Telling {
  const home = new Home(story, parts);
  try {
    const person = new Person(home, home.chance.fork("person"));
    person.live(NOW_AND_THEN_MS);
    for (const deed of story.acts) home.clock.after(deed.afterMs, () => act(home, deed));
    home.run(story.days * DAY_MS);
    home.heal();
    home.run(2 * DAY_MS);
    for (let answered = 0; answered < 60 && isUnderWay(home); answered++) {
      person.look();
      home.run(HOUR_MS);
    }
    settled(home);
    return { violation: null, lines: home.lines, looked: home.watch.looked };
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    return { violation: error, lines: home.lines, looked: home.watch.looked };
  }
}

const isUnderWay = ({ hub }: Home): boolean =>
  hub.state.next !== null ||
  (hub.state.rollout !== null && hub.state.rollout.phase !== "Completed");

/** With everything working and everything answered, the last release has come to its end, and so has each host. */
function settled(home: Home): void {
  const { rollout, hosts } = home.hub.state;
  if (isUnderWay(home)) {
    const where = entriesOf(hosts).map(
      ({ host, step, online, locked }) =>
        `${host} ${step?.state}${online ? "" : " away"}${locked ? " locked" : ""} (${plainReason(step?.why ?? null)})`,
    );
    const paused = rollout?.paused.map(({ condition }) => condition).join();
    throw new Violation("nothing is stuck", `${rollout?.phase} ${paused}: ${where.join("; ")}`);
  }
  for (const { name, phase, isOn, disk } of home.hosts.values()) {
    if (isOn && !["idle", "staging", "staged", "locked"].includes(phase)) {
      throw new Violation(
        "nothing is stuck",
        `${name} is ${phase} (${disk.journal.open?.rollout})`,
      );
    }
  }
  for (const { host, missed, online, locked } of entriesOf(hosts)) {
    if (missed && online && !locked) throw new Violation("who was away catches up", host);
  }
}

/** The same failure with as few acts as possible, found by leaving out ever smaller parts. */
export function shrink(story: Story, rule: string, parts?: HomeParts): Story {
  const fails = (acts: Story["acts"]): boolean =>
    tellStory({ ...story, acts }, parts).violation?.rule === rule;
  let { acts } = story;
  for (
    let size = Math.ceil(acts.length / 2);
    size >= 1;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let from = 0; from < acts.length; ) {
      const fewer = [...acts.slice(0, from), ...acts.slice(from + size)];
      if (fails(fewer)) acts = fewer;
      else from += size;
    }
  }
  const last = Math.max(0, ...acts.map(({ afterMs }) => afterMs));
  const days = Math.min(story.days, Math.ceil(last / DAY_MS + MINUTE_MS / DAY_MS));
  const shorter = { ...story, acts, days };
  return tellStory(shorter, parts).violation?.rule === rule ? shorter : { ...story, acts };
}
