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

  const topicLabel = ({ topic, preview }) =>
    $("<div/>", { style: "display: flex; gap: 12px; max-width: 560px" }).append(
      $("<span/>").text(topic),
      $("<span/>", {
        style: "opacity: 0.6; overflow: hidden; text-overflow: ellipsis; white-space: nowrap",
      }).text(preview),
    );

  /** Offers topics that are alive on the fleet's broker, each with what it said last. */
  const completeTopics = (input) =>
    input.autoComplete({
      minLength: 0,
      search: (typed, done) => {
        const last = typed.split(",").at(-1).trim(); // several topics make one row
        const before = typed.slice(0, typed.length - typed.split(",").at(-1).length);
        nixwaveTopics.ofFleet($("#node-input-fleet").val()).then((topics) => {
          const fitting = nixwaveTopics.fitting(topics, last);
          done(
            fitting.map((one) => ({
              value: `${before}${before ? " " : ""}${one.topic}`,
              label: topicLabel(one),
            })),
          );
        });
      },
    });

  /** A list begins at its first row; the editor scrolls to each row as it is added. */
  const toFirstRow = (list) => setTimeout(() => list.parent().scrollTop(0), 0);

  const field = (kind, value, attributes = {}) => $(`<${kind}/>`, attributes).val(value ?? "");

  /** @param options pairs of value and text */
  const select = (value, options, attributes = {}) => {
    const element = $("<select/>", attributes);
    for (const [key, text] of options) element.append($("<option/>").val(key).text(text));
    return element.val(value ?? options[0][0]);
  };

  const emptyOf = (value) => {
    if (Array.isArray(value)) return [];
    return typeof value === "boolean" ? false : "";
  };

  /**
   * A field that the flow does not hold is an empty one to the hub. Said at once, or the editor would take looking
   * at a dialog for a change. @param kind "config" for a config node
   */
  const fillAbsent = (node, kind) => {
    const prefix = kind === "config" ? "node-config-input" : "node-input";
    for (const [name, { value, type }] of Object.entries(node._def.defaults)) {
      if (node[name] === undefined && type === undefined) {
        node[name] = fillInput($(`#${prefix}-${name}`), value);
      }
    }
    for (const name of Object.keys(node._def.credentials ?? {})) {
      node.credentials ??= {};
      node.credentials[`has_${name}`] ??= false;
    }
  };

  const fillInput = (input, value) => {
    if (!input.is("select")) return emptyOf(value);
    input.val(value);
    return value;
  };

  /** What a row says, whatever the order of its fields and however it was written. */
  const sayingOf = (row, implied) => {
    const fields = Object.entries({ ...implied, ...row }).map(([name, value]) => [
      name,
      plain(value),
    ]);
    return JSON.stringify(fields.filter(([, value]) => value !== "").toSorted());
  };
  const plain = (value) => {
    const text = Array.isArray(value) ? value.join(", ") : String(value ?? "").trim();
    return text === "false" ? "" : text;
  };

  /** The rows as the flow holds them where a dialog says nothing else: looking is no change. @param implied defaults of a row */
  const unlessSame = (stored, read, implied = {}) => {
    const said = (rows) =>
      Array.isArray(rows) ? rows.map((row) => sayingOf(row, implied)).join("\n") : null;
    return said(stored) === said(read) ? stored : read;
  };

  /** A new node speaks as its user does, an old one that does not say so English. */
  const chooseLanguage = (node, select) => {
    const isNew = !RED.nodes.node(node.id);
    const language = isNew && /^de/.test(RED.i18n.lang()) ? "de" : "en";
    if (!isNew) node.language = language;
    $(select).val(language);
  };

  return {
    ...{ said, duration, fleetHosts, completeHosts, completeTopics, field, select },
    ...{ fillAbsent, unlessSame, chooseLanguage, toFirstRow },
  };
})();
