/** The plugin lives in the editor alone; Node-RED wants a runtime file beside its html. */
export default function registerTopics(): void {}
