import fc from "fast-check";

/**
 * Property tests play the same cases every time, so that a red run can be repeated and a green one means the
 * same on every machine. `NIXWAVE_SEED=$RANDOM npm run test:unit` looks elsewhere; a failure prints its seed.
 */
const USUAL_SEED = 20_240_714;

fc.configureGlobal({ seed: Number(process.env["NIXWAVE_SEED"] ?? USUAL_SEED) });
