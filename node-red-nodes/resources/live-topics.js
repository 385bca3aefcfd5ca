// Topics that are alive, for our dialogs and for the core mqtt nodes. Asked for only while somebody types.
globalThis.nixwaveTopics ??= (() => {
  const FRESH_MS = 15_000;
  const MOST = 50;
  const asked = new Map();

  /** Those the flow itself names; known also where no hub runs yet. */
  const inFlow = () => {
    const known = new Set();
    const ofRow = (row) => [...String(row.topic ?? "").split(/\s*,\s*/), row.askTopic];
    RED.nodes.eachNode(({ type, topic, rows }) => {
      if (type === "mqtt in" || type === "mqtt out") known.add(topic);
      if (type !== "nixwave-gate" || !Array.isArray(rows)) return;
      const watched = rows.filter(({ format }) => format !== "prometheus" && format !== "alerts");
      for (const one of watched.flatMap(ofRow)) known.add(one);
    });
    return [...known].filter(Boolean).map((topic) => ({ topic, preview: "" }));
  };

  /** What the hub hears; nothing where it is not deployed or the reader may not look. */
  const heardBy = (fleetId) => {
    const { at, heard } = asked.get(fleetId) ?? {};
    if (heard && Date.now() - at < FRESH_MS) return heard;
    const asking = new Promise((resolve) => {
      $.getJSON(`nixwave/fleet/${encodeURIComponent(fleetId)}/topics`)
        .done(resolve)
        .fail(() => resolve([]));
    });
    asked.set(fleetId, { at: Date.now(), heard: asking });
    return asking;
  };

  const merged = (lists) => [...new Map(lists.flat().map((one) => [one.topic, one])).values()];

  /** Only a fleet that runs can be asked: one that was just drawn would answer 404. */
  const isDeployed = (fleetId) => {
    const fleet = RED.nodes.node(fleetId);
    return fleet?.type === "nixwave-fleet" && fleet.valid !== false && !fleet.changed;
  };

  const ofFleet = async (fleetId) =>
    merged([inFlow(), isDeployed(fleetId) ? await heardBy(fleetId) : []]);

  /** Over whichever fleets share that broker node. */
  const ofBroker = async (brokerId) => {
    const fleets = [];
    RED.nodes.eachConfig((node) => {
      const { type, id, mqttBroker } = node;
      if (type === "nixwave-fleet" && mqttBroker === brokerId && isDeployed(id)) fleets.push(id);
    });
    return merged([inFlow(), ...(await Promise.all(fleets.map(heardBy)))]);
  };

  const fitting = (topics, typed) => {
    const wanted = String(typed ?? "").toLowerCase();
    return topics
      .filter(({ topic }) => topic.toLowerCase().includes(wanted))
      .toSorted((a, b) => (a.topic < b.topic ? -1 : 1))
      .slice(0, MOST);
  };

  return { ofFleet, ofBroker, fitting };
})();
