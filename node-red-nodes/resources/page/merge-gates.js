// What the hub tells of its gates, put together: on each connection all points, later the new ones alone. Pure.

/** As many as the hub keeps (conductor, seat-trace.ts). */
const MOST_POINTS = 480;

/** @param before the gates as they were put together last; @param told { isWhole, gates } */
export function mergeGates(before, { isWhole, gates }) {
  if (isWhole) return gates;
  return gates.map((gate) => {
    const known = before.find(({ id }) => id === gate.id);
    return known ? { ...gate, rows: gate.rows.map((row) => mergeRow(known.rows, row)) } : gate;
  });
}

function mergeRow(rows, row) {
  const known = rows.find(({ name }) => name === row.name);
  return {
    ...row,
    sources: row.sources.map((source) => {
      const own = known?.sources.find((one) => one.source === source.source);
      return { ...source, points: joined(own?.points ?? [], source.points) };
    }),
  };
}

/** A clock that was set back begins anew: a plot's time only rises. */
function joined(before, more) {
  if (more.length === 0) return before;
  const isAnew = before.length > 0 && more[0][0] <= before.at(-1)[0];
  return (isAnew ? more : [...before, ...more]).slice(-MOST_POINTS);
}
