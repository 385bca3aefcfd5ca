import type { Bus } from "./bus.ts";
import { MqttBus } from "./mqtt-bus.ts";
import { type BusOptions, settingsOf } from "./options.ts";
import { OwnLine } from "./own-line.ts";

/**
 * Opens a connection that lasts until `close`: after the first success it comes back for ever.
 * @throws NixwaveError invalid-client-id | broker-unreachable | broker-refused |
 * broker-bad-credentials | broker-not-authorised | tls-untrusted | tls-certificate-refused | tls-failed |
 * tls-material-invalid
 */
export async function openBus(options: BusOptions): Promise<Bus> {
  const settings = await settingsOf(options);
  const bus = new MqttBus(settings, (events) => new OwnLine(settings, events));
  await bus.line.open();
  return bus;
}
