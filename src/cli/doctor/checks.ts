import type { Check } from "./check.ts";
import { CLOCK_CHECK } from "./check-of-clock.ts";
import { BROKER_CHECKS } from "./checks-of-broker.ts";
import { HOME_CHECKS } from "./checks-of-home.ts";
import { HOST_CHECKS } from "./checks-of-hosts.ts";
import { TRUST_CHECKS } from "./checks-of-trust.ts";

/** Everything that the doctor looks at, in the order in which it says so: what explains most comes first. */
export const CHECKS: readonly Check[] = [
  ...BROKER_CHECKS,
  CLOCK_CHECK,
  ...HOME_CHECKS,
  ...TRUST_CHECKS,
  ...HOST_CHECKS,
];
