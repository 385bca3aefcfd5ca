import type { HostEntry } from "./host-entry.ts";
import { tallyOf } from "./tally.ts";

/** Whether this host's trial waits for a person's approval; its group may wait for one besides. */
export const asksApproval = (entry: HostEntry): boolean => tallyOf(entry).asking > 0;

/** Whether it waits for a person to allow its reboot. */
export const asksReboot = (entry: HostEntry): boolean => tallyOf(entry).reboots > 0;
