// The gate's rows: one for each thing that must stay healthy.
globalThis.nixwaveRows ??= (() => {
  const FORMATS = [
    "auto",
    "tasmota",
    "zigbee2mqtt",
    "esphome",
    "shelly1",
    "shelly2",
    "plain",
    "json",
    "prometheus",
    "alerts",
  ];
  const MQTT_FORMATS = FORMATS.filter((name) => name !== "prometheus" && name !== "alerts");
  const DEMANDS = [
    "at-least",
    "at-most",
    "above",
    "below",
    "on",
    "off",
    "online",
    "live",
    "steady",
    "no-new-alert",
  ];
  const LIMITED = ["at-least", "at-most", "above", "below"];
  /** What a device of that kind usually is asked for, so that a beginner fills in a topic and a limit. */
  const PRESETS = {
    tasmota: { is: "at-least", path: "Temperature", interval: "5m" },
    zigbee2mqtt: { is: "at-least", path: "temperature", interval: "10m" },
    esphome: { is: "at-least", path: "", interval: "1m" },
    shelly1: { is: "on", path: "", interval: "30s" },
    shelly2: { is: "on", path: "output", interval: "1m" },
    prometheus: { is: "at-least", path: "", interval: "30s" },
    alerts: { is: "no-new-alert", path: "", interval: "30s" },
  };
  /** Folded away: [field, kind of input]. */
  const ADVANCED = [
    ["unit", "text"],
    ["margin", "number"],
    ["quorum", "number"],
    ["expireAfter", "text"],
    ["noDataLimit", "text"],
    ["stuckAfter", "text"],
    ["baselineWindow", "text"],
    ["allowedIncrease", "number"],
    ["allowedDecrease", "number"],
    ["carriedBy", "text"],
    ["askTopic", "text"],
    ["askPayload", "text"],
    ["askEvery", "text"],
    ["controlTopic", "text"],
    ["controlFormat", "format"],
    ["controlPath", "text"],
  ];

  const faults = (rows) => {
    if (!Array.isArray(rows) || rows.length === 0)
      return [{ key: "nixwave-gate.error.none", values: {} }];
    return rows.flatMap((row, at) => {
      const values = { row: row.name || String(at + 1) };
      const found = [];
      if (!row.topic?.trim()) found.push("topic");
      if (LIMITED.includes(row.is) && !String(row.limit ?? "").trim()) found.push("limit");
      if ((row.is === "no-new-alert") !== (row.format === "alerts")) found.push("alerts");
      return found.map((error) => ({ key: `nixwave-gate.error.${error}`, values }));
    });
  };

  const line = (...items) =>
    $("<div/>", { style: "display: flex; gap: 6px; align-items: center; margin: 2px 0" }).append(
      items,
    );

  const addRow = (node, check) => (container, _index, row) => {
    const text = (key) => node._(`nixwave-gate.${key}`);
    const words = (kind, values) => values.map((value) => [value, text(`${kind}.${value}`)]);
    const { field, select } = nixwaveDialogs;
    const input = (name, kind, style, placeholder) =>
      field("input", row[name], {
        type: kind,
        class: `nixwave-${name}`,
        style,
        placeholder: placeholder ?? text(`field.${name}`),
        title: text(`field.${name}`),
      });
    const topic = input("topic", "text", "flex: 1; width: 100px");
    const format = select(row.format ?? "auto", words("format", FORMATS), {
      class: "nixwave-format",
      style: "flex: 1; width: auto",
    });
    const path = input("path", "text", "flex: 1; width: 80px");
    const is = select(row.is ?? "at-least", words("is", DEMANDS), {
      class: "nixwave-is",
      style: "flex: 1; width: auto",
    });
    const limit = input("limit", "text", "width: 110px");
    const interval = input("interval", "text", "width: 70px", "5m");
    const advanced = $("<details/>").append($("<summary/>").text(text("label.advanced")));
    for (const [name, kind] of ADVANCED) {
      const label = $("<span/>", { style: "flex: 1" }).text(text(`field.${name}`));
      const wide = { class: `nixwave-${name}`, style: "flex: 1; width: 100px" };
      const control =
        kind === "format"
          ? select(row[name] ?? "auto", words("format", MQTT_FORMATS), wide)
          : input(name, kind, "flex: 1; width: 100px", "");
      advanced.append(line(label, control));
    }
    container.append(
      line(input("name", "text", "flex: 1; width: 90px"), format),
      line(topic, path),
      line(is, limit, interval),
      advanced,
    );
    nixwaveDialogs.completeTopics(topic);
    limit.typedInput({ types: ["num", "env"], default: row.limitType || "num" });
    limit.typedInput("type", row.limitType || "num");
    const fitLimit = () => limit.typedInput(LIMITED.includes(is.val()) ? "show" : "hide");
    format.on("change", () => {
      const preset = PRESETS[format.val()];
      if (preset && !topic.val()) {
        is.val(preset.is);
        path.val(preset.path);
        interval.val(preset.interval);
      }
      fitLimit();
    });
    is.on("change", fitLimit);
    fitLimit();
    container.on("change", check);
  };

  const rowOf = (item) => {
    const of = (name) => $(item).find(`.nixwave-${name}`).val();
    const limit = $(item).find(".nixwave-limit");
    const names = [
      "name",
      "topic",
      "format",
      "path",
      "is",
      "interval",
      ...ADVANCED.map(([name]) => name),
    ];
    const filled = names
      .map((name) => [name, String(of(name) ?? "").trim()])
      .filter(([, value]) => value !== "");
    const isLimited = LIMITED.includes(of("is"));
    return {
      ...Object.fromEntries(filled),
      ...(isLimited
        ? { limit: limit.typedInput("value"), limitType: limit.typedInput("type") }
        : {}),
    };
  };

  const read = () => $("#nixwave-rows").editableList("items").toArray().map(rowOf);

  /** Asks the hub whether the gate could ever pass; it answers with the arithmetic. */
  const checker = (node) => {
    let timer;
    const ask = () => {
      const of = (name) => $(`#node-input-${name}`).val();
      const names = [
        "soak",
        "prometheus",
        "initialDelay",
        "timeout",
        "consecutiveSuccess",
        "failureCount",
        "failureWindow",
        "errorLimit",
      ];
      const body = { rows: read(), ...Object.fromEntries(names.map((name) => [name, of(name)])) };
      const tip = $("#nixwave-gate-check");
      const [fault] = faults(body.rows);
      if (fault) return tip.text(node._(fault.key, fault.values)); // in words, not by the hub's path of a field
      $.ajax({
        url: "nixwave/gate/check",
        type: "POST",
        contentType: "application/json",
        data: JSON.stringify(body),
      })
        .done(({ ok, message }) => tip.text(ok ? node._("nixwave-gate.tip.fine") : message))
        .fail(() => tip.text(node._("nixwave-gate.tip.unchecked")));
    };
    return () => {
      clearTimeout(timer);
      timer = setTimeout(ask, 300);
    };
  };

  const open = (node) => {
    const check = checker(node);
    const list = $("#nixwave-rows")
      .css("min-height", "200px")
      .editableList({
        sortable: true,
        removable: true,
        addItem: addRow(node, check),
        removeItem: check,
      });
    for (const row of node.rows ?? []) list.editableList("addItem", { ...row });
    nixwaveDialogs.toFirstRow(list);
    $("#dialog-form").on("change", "input", check);
    check();
  };

  /** A limit says nothing where nothing is compared with it. */
  const meant = (row) => {
    const { limit, limitType, ...rest } = row;
    return LIMITED.includes(row.is) ? { ...rest, limit, limitType: limitType || "num" } : rest;
  };

  const readUnlessSame = (stored) => {
    const rows = read();
    if (!Array.isArray(stored)) return rows;
    const implied = { format: "auto", is: "at-least", controlFormat: "auto" };
    const kept = stored.map(meant);
    return nixwaveDialogs.unlessSame(kept, rows.map(meant), implied) === kept ? stored : rows;
  };

  return { faults, open, readUnlessSame };
})();
