// Node-RED reads .js and the .html beside it; Node.js strips the types of what stands behind.
export { default } from "./topics-plugin.ts";
