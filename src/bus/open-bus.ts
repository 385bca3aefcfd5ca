import type { Bus } from "./bus.ts";
import { MqttBus } from "./mqtt-bus.ts";
import { type BusOptions, settingsOf } from "./options.ts";

/**
 * Opens a connection that lasts until `close`: after the first success it comes back for ever.
 * @throws NixwaveError invalid-client-id | broker-unreachable | broker-refused |
 * broker-bad-credentials | broker-not-authorised | tls-untrusted | tls-certificate-refused | tls-failed |
 * tls-material-invalid
 */
export async function openBus(options: BusOptions): Promise<Bus> {
  const settings = await settingsOf(options);
  // Loaded here: the MQTT library costs 5 MiB, and a bus over Node-RED's own connection needs none of it.
  const { OwnLine } = await import("./own-line.ts");
  const bus = new MqttBus(settings, (events) => new OwnLine(settings, events));
  await bus.line.open();
  return bus;
}
