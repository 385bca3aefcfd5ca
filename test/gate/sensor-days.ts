/**
 * Sensor days as a home records them, made: a house with a night setback, weather, showers, opened
 * windows, drop-outs with retained copies, and sensors that freeze. Every number is a parameter below,
 * every chance comes from the seed, so that a day can be told again exactly.
 */
export type Quantity = "temperature" | "humidity";
/** What a bad deployment does to the house or to its sensor, from the activation on. */
export type Fault = "none" | "device" | "frozen" | "silent";

interface DayPlan {
  readonly seed: number;
  readonly quantity: Quantity;
  readonly fault: Fault;
}

interface Recorded {
  readonly minute: number;
  readonly source: "room" | "hall";
  readonly value: number;
  readonly retained: boolean;
}

export interface SensorDay {
  /** Minute of the day at which the trial is activated, 05:00 to 22:59. */
  readonly activation: number;
  readonly recorded: readonly Recorded[];
}

const DAY = 24 * 60;
const REPORT_EVERY = 5;
/** The AM2301's step; its noise is a little below it. */
const STEP = 0.1;
const NOISE = 0.08;

/** mulberry32: small, and the same on every machine. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Span {
  readonly from: number;
  readonly to: number;
}
const inside = ({ from, to }: Span, minute: number): boolean => minute >= from && minute < to;
const NEVER: Span = { from: DAY, to: DAY };

/** What chance decides about one day; drawn in a fixed order, so that gates and faults do not shift it. */
function chancesOf(random: () => number) {
  const between = (from: number, to: number): number => from + random() * (to - from);
  const span = (
    chance: number,
    first: number,
    last: number,
    shortest: number,
    longest: number,
  ): Span => {
    const [happens, from, length] = [random(), between(first, last), between(shortest, longest)];
    return happens < chance ? { from: Math.round(from), to: Math.round(from + length) } : NEVER;
  };
  return {
    activation: Math.floor(between(5 * 60, 23 * 60)),
    outdoor: between(-2, 12),
    /** Two windows a day at most, now and then. */
    windows: [span(0.5, 7 * 60, 10 * 60, 6, 15), span(0.4, 16 * 60, 21 * 60, 6, 15)],
    showers: [span(0.9, 6.5 * 60, 8 * 60, 8, 15), span(0.4, 19 * 60, 22 * 60, 8, 15)],
    dropOut: span(0.15, 6 * 60, 22 * 60, 20, 90),
    frozen: span(0.03, 0, 12 * 60, DAY, DAY),
  };
}
type Chances = ReturnType<typeof chancesOf>;

/** Where a room is drawn to, and how fast: minutes until two thirds of the way. */
type Pull = readonly [target: number, tauMinutes: number];

function temperaturePull(chances: Chances, minute: number, isRoom: boolean, broken: boolean): Pull {
  const isDay = minute >= 6.5 * 60 && minute < 22.5 * 60;
  if (isRoom && chances.windows.some((span) => inside(span, minute))) return [chances.outdoor, 60];
  if (isRoom && broken) return [chances.outdoor, 240]; // the heating stays off: 3 to 5 degrees an hour
  return [(isDay ? 21 : 17) - (isRoom ? 0 : 1), 60];
}

function humidityPull(chances: Chances, minute: number, isRoom: boolean, broken: boolean): Pull {
  const weather = 50 + 6 * Math.sin((2 * Math.PI * (minute - 5 * 60)) / DAY);
  if (isRoom && chances.showers.some((span) => inside(span, minute))) return [95, 12];
  if (isRoom && broken) return [92, 60]; // the fan stays off
  return [isRoom ? weather + 5 : weather, isRoom ? 25 : 60];
}

const PULLS = { temperature: temperaturePull, humidity: humidityPull };
const START = { temperature: [18, 17], humidity: [52, 47] } as const;

/** One whole day of two sensors: the room at stake, and the hall that no deployment touches. */
export function recordDay({ seed, quantity, fault }: DayPlan): SensorDay {
  const random = randomOf(seed);
  const chances = chancesOf(random);
  const recorded: Recorded[] = [];
  const phase = Math.floor(random() * REPORT_EVERY);
  let levels: readonly [number, number] = START[quantity];
  let last = 0;
  for (let minute = 0; minute < DAY; minute += 1) {
    const after = minute >= chances.activation;
    const [room, hall] = levels.map((level, index) => {
      const [target, tau] = PULLS[quantity](
        chances,
        minute,
        index === 0,
        after && fault === "device",
      );
      return level + (target - level) / tau;
    }) as [number, number];
    levels = [room, hall];
    const shown = [room, hall].map((level) => rounded(level + NOISE * gaussian(random)));
    if (minute % REPORT_EVERY !== phase) continue;
    const frozen = inside(chances.frozen, minute) || (after && fault === "frozen");
    const silent = inside(chances.dropOut, minute) || (after && fault === "silent");
    if (!frozen) last = silent ? last : (shown[0] as number);
    recorded.push({ minute, source: "room", value: last, retained: silent });
    recorded.push({ minute, source: "hall", value: shown[1] as number, retained: false });
  }
  return { activation: chances.activation, recorded };
}

const rounded = (value: number): number => Number((Math.round(value / STEP) * STEP).toFixed(1));

/** Sum of twelve: near enough to normal, and never further out than six deviations. */
function gaussian(random: () => number): number {
  let sum = -6;
  for (let count = 0; count < 12; count += 1) sum += random();
  return sum;
}
