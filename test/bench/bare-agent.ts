// The floor of what a host's agent can be in Node: TLS, MQTT by hand, one subscription, and a ping now and then.
// Says "ready" when it is subscribed, as the agent does.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect } from "node:tls";

const CONNACK = 0x20;
const SUBACK = 0x90;
const KEEPALIVE_SECONDS = 30;

const [port, caFile = "", topic = ""] = process.argv.slice(2);
const text = (words: string): Buffer => {
  const bytes = Buffer.from(words);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
};
const packet = (kind: number, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([kind, body.length]), body]);
};

const socket = connect({ host: "127.0.0.1", port: Number(port), ca: readFileSync(caFile) });
socket.setNoDelay(true);
socket.on("secureConnect", () => {
  const header = Buffer.from([4, 2, 0, KEEPALIVE_SECONDS]);
  socket.write(packet(0x10, text("MQTT"), header, text(randomUUID().slice(0, 20))));
});
socket.on("data", ([kind]: Buffer) => {
  if (kind === CONNACK)
    socket.write(packet(0x82, Buffer.from([0, 1]), text(topic), Buffer.from([1])));
  if (kind === SUBACK) process.stderr.write("ready\n");
});
socket.on("close", () => process.exit(1));
setInterval(() => socket.write(Buffer.from([0xc0, 0])), KEEPALIVE_SECONDS * 1000);
