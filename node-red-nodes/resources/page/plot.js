// A row of a gate as a plot: the trace, what was usual, limits, the moment of activation and the verdict.
import { Component, createRef, html } from "./markup.js";
import { columnsOf, rangeOf } from "./plot-model.js";
// biome-ignore lint/correctness/noUnresolvedImports: it is a file of its package (page/page-files.ts)
import uPlot from "./uplot.js";
import { clockTime, number } from "./words.js";

const HEIGHT = 150;
/** Seconds between two marks of time. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 360, 720].map((minutes) => 60 * minutes);

/** The theme's colours as they are now; a canvas knows no variables. */
function colours(place) {
  const style = getComputedStyle(place);
  const read = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    traces: [read("trace-0"), read("trace-1"), read("trace-2")],
    ...{ text: read("muted"), grid: read("border"), bad: read("bad"), good: read("good") },
    ...{ usual: read("usual"), allowed: read("allowed"), activated: read("activated") },
  };
}

export class Plot extends Component {
  place = createRef();

  componentDidMount() {
    this.draw();
    this.sized = new ResizeObserver(() => {
      const width = this.place.current?.clientWidth ?? 0;
      if (width > 0 && width !== this.plot?.width) this.plot?.setSize({ width, height: HEIGHT });
    });
    this.sized.observe(this.place.current);
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.dark.addEventListener("change", this.draw);
    this.themed = new MutationObserver(this.draw);
    this.themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  }

  /** Only new readings and a later end come often: they need no new plot. */
  componentDidUpdate(before) {
    const shape = (one) => JSON.stringify([one.sources.length, one.isSwitch]);
    if (shape(before.model) !== shape(this.props.model)) this.draw();
    else this.plot?.setData(columnsOf(this.props.model));
  }

  componentWillUnmount() {
    this.sized.disconnect();
    this.themed.disconnect();
    this.dark.removeEventListener("change", this.draw);
    this.plot?.destroy();
  }

  draw = () => {
    this.plot?.destroy();
    const place = this.place.current;
    const options = optionsFor(place, colours(place), () => this.props);
    this.plot = new uPlot(options, columnsOf(this.props.model), place);
  };

  render({ spoken }) {
    return html`<div class="plot" ref=${this.place} role="img" aria-label=${spoken}></div>`;
  }
}

function optionsFor(place, paint, props) {
  const { model, zone, language } = props();
  const axis = {
    stroke: paint.text,
    grid: { stroke: paint.grid, width: 1 },
    ticks: { show: false },
  };
  const time = (_plot, splits) => splits.map((at) => clockTime(at * 1000, zone, language));
  return {
    ...{ width: Math.max(place.clientWidth, 100), height: HEIGHT },
    ...{ legend: { show: false }, cursor: { show: false }, padding: [8, 8, 0, 0] },
    scales: {
      x: { time: true, range: () => [props().model.from / 1000, props().model.to / 1000] },
      y: { range: () => rangeOf(props().model) },
    },
    axes: [
      // No two marks of one minute: their words are hours and minutes.
      { ...axis, values: time, space: 60, size: 28, incrs: STEPS },
      model.isSwitch
        ? {
            ...{ ...axis, size: 44, splits: () => [0, 1] },
            values: () => [0, 1].map((value) => props().words.gate.switched[value]),
          }
        : {
            ...axis,
            size: 44,
            values: (_plot, splits) => splits.map((one) => number(one, language)),
          },
    ],
    series: [{}, ...model.sources.flatMap((_source, at) => seriesOf(at, model, paint))],
    hooks: {
      drawClear: [(plot) => drawBands(plot, props().model, paint)],
      draw: [(plot) => drawMoments(plot, props().model, paint)],
    },
  };
}

function seriesOf(at, { isSwitch }, paint) {
  const stroke = paint.traces[at % paint.traces.length];
  const paths = isSwitch ? { paths: uPlot.paths.stepped({ align: 1 }) } : {};
  return [
    { stroke, width: 2, points: { show: true, size: 4, fill: stroke }, spanGaps: true, ...paths },
    { paths: () => null, points: { show: true, size: 8, stroke: paint.bad, fill: paint.bad } },
  ];
}

function drawBands(plot, { usual, allowed }, { usual: usualFill, allowed: allowedFill }) {
  const { ctx, bbox } = plot;
  const fill = (from, to, colour) => {
    const top = to === null ? bbox.top : Math.max(bbox.top, plot.valToPos(to, "y", true));
    const bottom = bbox.top + bbox.height;
    const low = from === null ? bottom : Math.min(bottom, plot.valToPos(from, "y", true));
    ctx.fillStyle = colour;
    ctx.fillRect(bbox.left, top, bbox.width, Math.max(2, low - top));
  };
  ctx.save();
  if (allowed) fill(allowed.from, allowed.to, allowedFill);
  if (usual) fill(usual.from, usual.to, usualFill);
  ctx.restore();
}

const VERDICT_PAINT = { Successful: "good", Failed: "bad" };

function drawMoments(plot, { limits, activatedAt, judged }, paint) {
  const { ctx, bbox } = plot;
  const line = (colour, dash, from, to) => {
    ctx.strokeStyle = colour;
    ctx.setLineDash(dash.map((part) => part * devicePixelRatio));
    ctx.beginPath();
    ctx.moveTo(...from);
    ctx.lineTo(...to);
    ctx.stroke();
  };
  const upright = (at, colour, dash) => {
    const x = plot.valToPos(at / 1000, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) return;
    line(colour, dash, [x, bbox.top], [x, bbox.top + bbox.height]);
  };
  ctx.save();
  ctx.lineWidth = 2 * devicePixelRatio;
  for (const limit of limits) {
    const y = plot.valToPos(limit, "y", true);
    line(paint.bad, [6, 4], [bbox.left, y], [bbox.left + bbox.width, y]);
  }
  if (activatedAt !== null) upright(activatedAt, paint.activated, [2, 3]);
  if (judged) upright(judged.at, paint[VERDICT_PAINT[judged.status]] ?? paint.text, []);
  ctx.restore();
}
