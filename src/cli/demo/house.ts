import { clientIdFor, openBus, parseBrokerUrl } from "../../bus/index.ts";
import { type DemoHome, readPassword } from "./demo-home.ts";

/** The bedroom, heated by what runs on rp4, with a Tasmota sensor and a wall switch. */
export interface House {
  /** Degrees Celsius. */
  readonly bedroom: number;
  readonly isHeating: boolean;
  press(switchedOn: boolean): void;
  close(): Promise<void>;
}

/** Faster than real rooms and real sensors: a real one reports every five minutes. */
const EVERY_MS = 500;
const WARM = 20.4;
const COLD = 14;
const PER_STEP = 0.5;
export const BEDROOM_TOPIC = "tele/bedroom/SENSOR";
export const SWITCH_TOPIC = "stat/wall/POWER";

/** @param isHeatedBy what the system says that rp4 runs; null while that changes */
export async function openHouse(
  home: Pick<DemoHome, "passwordFile">,
  brokerUrl: string,
  isHeatedBy: () => Promise<boolean | null>,
): Promise<House> {
  const bus = await openBus({
    broker: parseBrokerUrl(brokerUrl),
    clientId: clientIdFor("sensors", "demo"),
    username: "sensors",
    password: await readPassword(home.passwordFile("sensors")),
    reconnect: { firstMs: 200, maxMs: 1000 },
  });
  let bedroom = WARM;
  let isHeating = true;
  const say = (topic: string, payload: string): void => bus.say(topic, Buffer.from(payload));
  const live = async (): Promise<void> => {
    isHeating = (await isHeatedBy()) ?? isHeating;
    bedroom = isHeating ? Math.min(WARM, bedroom + PER_STEP) : Math.max(COLD, bedroom - PER_STEP);
    say(BEDROOM_TOPIC, sensorPayload(bedroom));
  };
  let step: Promise<void> | null = null;
  const timer = setInterval(() => {
    step ??= live().finally(() => {
      step = null;
    });
  }, EVERY_MS);
  return {
    get bedroom() {
      return bedroom;
    },
    get isHeating() {
      return isHeating;
    },
    press: (switchedOn) => say(SWITCH_TOPIC, switchedOn ? "ON" : "OFF"),
    async close() {
      clearInterval(timer);
      await step; // else it speaks on a closed connection, and a story that was told ends as a failure
      await bus.close();
    },
  };
}

/** tasmota/docs, "MQTT": local time without a zone, the group named after the chip. */
function sensorPayload(celsius: number): string {
  const Temperature = Math.round(celsius * 10) / 10;
  const Time = new Date().toISOString().slice(0, 19);
  return JSON.stringify({
    Time,
    AM2301: { Temperature, Humidity: 44.4, DewPoint: 8.1 },
    TempUnit: "C",
  });
}
