import { expect, test } from "vitest";
import { type Notification, ntfyMessage } from "../../src/people/index.ts";
import { host } from "./scenes.ts";

const NOTE: Notification = {
  sequenceId: "rollout-r1",
  title: "rp4: zurückgenommen",
  body: "Das neue System ist nicht richtig gestartet.",
  priority: 4,
  tags: ["x"],
  actions: [
    { verb: "retry", label: "Noch einmal", host: host("rp4") },
    { verb: "abort", label: "Beenden", host: null },
  ],
};
const request = () => ({ url: "https://ntfy.example.org/home-ctl", body: "one-time-token" });

test("ntfy gets the notification under its sequence id, with buttons that post where the hub says", () => {
  expect(ntfyMessage(NOTE, "home", "https://grafana.example.org", request)).toEqual({
    topic: "home",
    title: "rp4: zurückgenommen",
    message: "Das neue System ist nicht richtig gestartet.",
    priority: 4,
    tags: ["x"],
    sequence_id: "rollout-r1",
    click: "https://grafana.example.org",
    actions: [
      { action: "http", label: "Noch einmal", ...request(), clear: true },
      { action: "http", label: "Beenden", ...request(), clear: true },
    ],
  });
});

test("a button without a request is left away, and no click is no key", () => {
  const message = ntfyMessage(NOTE, "home", null, ({ verb }) =>
    verb === "abort" ? null : request(),
  );
  expect(message.actions.map(({ label }) => label)).toEqual(["Noch einmal"]);
  expect(message).not.toHaveProperty("click");
});
