import { DEFAULT_BASE, type HostName, topicOf } from "../../src/contract/index.ts";
import { CHANNEL } from "../support/contract-builders.ts";

const once = (kind: "desired" | "reported" | "availability") => {
  const made = new Map<HostName, string>();
  return (host: HostName): string => {
    const known = made.get(host) ?? topicOf(DEFAULT_BASE, { kind, host });
    made.set(host, known);
    return known;
  };
};

export const topics = {
  desired: once("desired"),
  reported: once("reported"),
  availability: once("availability"),
};
export const HUB_STATUS: string = topicOf(DEFAULT_BASE, { kind: "hubStatus" });
export const RELEASES: string = topicOf(DEFAULT_BASE, { kind: "release", channel: CHANNEL });
