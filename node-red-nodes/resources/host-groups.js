// The rollout's groups: rows that can be dragged, in which hosts are dragged from row to row.
globalThis.nixwaveGroups ??= (() => {
  const named = (text) =>
    (Array.isArray(text) ? text : String(text ?? "").split(/[\s,]+/)).filter((host) => host !== "");

  /** A host that takes the way home with it goes last and alone. */
  const misplaced = (rows, isCarrier) =>
    rows.flatMap((hosts, at) => {
      const carrier = hosts.find(isCarrier);
      if (!carrier) return [];
      const isLast = rows
        .slice(at + 1)
        .flat()
        .every(isCarrier);
      return isLast && hosts.length === 1 ? [] : [carrier];
    });

  /** What a person should see before deploying: keys of the catalogue with their values. */
  const faults = (groups, fleetHosts) => {
    const rows = (Array.isArray(groups) ? groups : []).map(({ hosts }) => named(hosts));
    const all = rows.flat();
    const known = fleetHosts.map(({ host }) => host);
    const carriers = fleetHosts
      .filter(({ carries }) => carries?.length > 0)
      .map(({ host }) => host);
    const fault = (error) => (host) => ({
      key: `nixwave-rollout.error.${error}`,
      values: { host },
    });
    return [
      ...all.filter((host, at) => all.indexOf(host) !== at).map(fault("twice")),
      ...rows.flatMap((hosts, at) => (hosts.length === 0 ? [`${at + 1}`] : [])).map(fault("empty")),
      ...misplaced(rows, (host) => carriers.includes(host)).map(fault("carrierLast")),
      ...all.filter((host) => known.length > 0 && !known.includes(host)).map(fault("stranger")),
    ];
  };

  const chip = (host, onRemove) => {
    const remove = $("<i/>", { class: "fa fa-times", title: host }).on("click", onRemove);
    return $("<li/>", { class: "nixwave-host", "data-host": host }).text(host).append(remove);
  };

  const connect = (list) =>
    list.sortable({ connectWith: ".nixwave-hosts", items: ".nixwave-host", tolerance: "pointer" });

  const hostsIn = (list) =>
    list
      .children(".nixwave-host")
      .toArray()
      .map((item) => $(item).attr("data-host"));

  /** The hosts that no row names wait below the rows. */
  const putAside = (host) => {
    const aside = $("#nixwave-unplanned");
    if (!hostsIn(aside).includes(host)) aside.append(chip(host, () => undefined));
  };

  const addChip = (list, host) => {
    const item = chip(host, () => {
      item.remove();
      putAside(host);
    });
    list.append(item);
  };

  const addInput = (list) => {
    const input = $("<input/>", {
      type: "text",
      class: "nixwave-add-host",
      placeholder: "+ host",
      style: "width: 90px",
    });
    const add = () => {
      for (const host of named(input.val())) {
        $(`.nixwave-host[data-host="${CSS.escape(host)}"]`).remove();
        addChip(list, host);
      }
      input.val("");
    };
    input.on("change", add).on("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      add();
    });
    nixwaveDialogs.completeHosts(input, () => $("#node-input-fleet").val());
    return input;
  };

  const row = (node) => (container, _index, group) => {
    const label = (key) => node._(`nixwave-rollout.${key}`);
    const words = (field, values) => values.map((value) => [value, label(`${field}.${value}`)]);
    const { field, select } = nixwaveDialogs;
    const list = $("<ul/>", { class: "nixwave-hosts", style: "flex: 1" });
    for (const host of named(group.hosts)) addChip(list, host);
    const style = "width: auto";
    const name = field("input", group.name, {
      type: "text",
      class: "nixwave-name",
      style: "flex: 1; width: 100px",
      placeholder: label("label.group"),
    });
    const parallel = field("input", group.parallel || 1, {
      type: "number",
      min: 1,
      class: "nixwave-parallel",
      style: "width: 55px",
    });
    const approval = select(group.approval, words("approval", ["none", "group", "host"]), {
      class: "nixwave-approval",
      style,
    });
    const reboot = select(group.reboot, words("reboot", ["ask", "never"]), {
      class: "nixwave-reboot",
      style,
    });
    const line = (...items) =>
      $("<div/>", { style: "display: flex; gap: 6px; align-items: center; margin: 2px 0" }).append(
        items,
      );
    const more = $("<details/>").append($("<summary/>").text(label("label.groupMore")));
    const labelled = (text, input) =>
      line($("<span/>", { style: "width: 120px" }).text(text), input);
    more.append(
      labelled(label("label.parallel"), parallel),
      labelled(label("label.reboot"), reboot),
    );
    for (const kind of ["allow", "deny"]) {
      const placeholder = kind === "allow" ? "mon-fri 09:00-16:00" : "sat 18:00-23:00";
      const input = { type: "text", class: `nixwave-${kind}`, style: "flex: 1", placeholder };
      more.append(labelled(label(`label.${kind}`), field("input", group[kind], input)));
    }
    const isUsual = !(group.allow || group.deny || Number(group.parallel) > 1);
    more.prop("open", !isUsual || group.reboot === "never");
    container.append(line(name, approval), line(list, addInput(list)), more);
    connect(list);
  };

  const refill = () => {
    const planned = $("#nixwave-groups .nixwave-host")
      .toArray()
      .map((item) => $(item).attr("data-host"));
    $("#nixwave-unplanned").empty();
    for (const { host } of nixwaveDialogs.fleetHosts($("#node-input-fleet").val())) {
      if (!planned.includes(host)) putAside(host);
    }
  };

  const open = (node) => {
    const list = $("#nixwave-groups")
      .css("min-height", "160px")
      .editableList({
        sortable: true,
        removable: true,
        addItem: row(node),
        removeItem: refill,
      });
    for (const group of node.groups ?? []) list.editableList("addItem", { ...group });
    nixwaveDialogs.toFirstRow(list);
    connect($("#nixwave-unplanned"));
    $("#node-input-fleet").on("change", refill);
    refill();
  };

  const filled = (fields) =>
    Object.fromEntries(Object.entries(fields).filter(([, value]) => value.trim() !== ""));

  const read = () =>
    $("#nixwave-groups")
      .editableList("items")
      .toArray()
      .map((item) => {
        const of = (name) => $(item).find(`.nixwave-${name}`).val();
        const hosts = hostsIn($(item).find(".nixwave-hosts")).join(", ");
        return {
          name: of("name"),
          hosts,
          parallel: of("parallel"),
          approval: of("approval"),
          reboot: of("reboot"),
          ...filled({ allow: of("allow"), deny: of("deny") }),
        };
      });

  return { faults, open, read };
})();
