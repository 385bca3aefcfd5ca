import { NixwaveError } from "../contract/index.ts";
import type { Reader } from "./line.ts";

/** SUBACK's code for a filter that the broker refuses (MQTT 3.1.1, 3.9.3). */
const REFUSED = 0x80;

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

export async function subscribeTo(reader: Reader, filter: string): Promise<void> {
  const [granted = REFUSED] = await reader.subscribe([filter], 0);
  if (granted < REFUSED) return;
  throw new NixwaveError("subscription-refused", `the broker refuses ${filter}`, { where: filter });
}
