// What the dialogs of several nodes share. Loaded by each of them; the first one counts.
globalThis.nixwaveDialogs ??= (() => {
  const DURATION = /^(\d{1,9}(ms|s|m|h|d))+$/;

  /** The message `key` in the reader's language; validators may run before a catalogue is there. */
  const said = (node, key, values) => (node?._ ? node._(key, values) : key);

  /** A validator of fields like 10m. @param mayBeEmpty where the default is meant then */
  const duration = (labelKey, mayBeEmpty) =>
    function validate(value, options) {
      const text = String(value ?? "").trim();
      if ((text === "" && mayBeEmpty) || DURATION.test(text)) return true;
      if (!options) return false;
      const label = said(this, labelKey);
      return `${label}: ${text === "" ? "-" : text} (10m, 1h30m, 45s)`;
    };

  /** The hosts of a fleet, as its dialog holds them: {host, carries, optional}. */
  const fleetHosts = (fleetId) => {
    const hosts = RED.nodes.node(fleetId)?.hosts;
    return Array.isArray(hosts) ? hosts.filter(({ host }) => host) : [];
  };

  /** Offers the fleet's hosts while somebody types; `fleetId` is asked each time, it may change. */
  const completeHosts = (input, fleetId) =>
    input.autoComplete({
      minLength: 0,
      search: (typed) =>
        fleetHosts(fleetId())
          .filter(({ host }) => host.includes(typed.trim().toLowerCase()))
          .map(({ host }) => ({ value: host, label: host })),
    });

  /** Offers topics that are alive, from every plugin that knows some. */
  const completeTopics = (input, node) =>
    input.autoComplete({
      minLength: 0,
      completionPluginType: "node-red-mqtt-topic-autocomplete-source",
      context: { node },
    });

  const field = (kind, value, attributes = {}) => $(`<${kind}/>`, attributes).val(value ?? "");

  /** @param options pairs of value and text */
  const select = (value, options, attributes = {}) => {
    const element = $("<select/>", attributes);
    for (const [key, text] of options) element.append($("<option/>").val(key).text(text));
    return element.val(value ?? options[0][0]);
  };

  return { said, duration, fleetHosts, completeHosts, completeTopics, field, select };
})();
