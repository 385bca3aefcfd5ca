import { readFileSync } from "node:fs";

/** A node as Node-RED draws it: its centre, and half of its size in both directions. */
export interface Box {
  readonly id: string;
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly halfWidth: number;
  readonly halfHeight: number;
}
export interface Wire {
  readonly from: Box;
  readonly to: Box;
  /** Along the curve, some pixels apart. */
  readonly points: readonly (readonly [x: number, y: number])[];
}
export interface FlowNode {
  readonly id: string;
  readonly type: string;
  readonly name?: string;
  readonly x?: number;
  readonly y?: number;
  readonly w?: number;
  readonly h?: number;
  readonly nodes?: readonly string[];
  readonly wires?: readonly (readonly string[])[];
}

// Node-RED 5, editor-client, view.js: node_width, node_height, lineCurveScale, and the distance of ports.
const NODE_WIDTH = 100;
const NODE_HEIGHT = 30;
const LINK_SIZE = 30;
const CURVE = 0.75;
const PORT_DISTANCE = 13;
/** Of 14 px Helvetica, on the wide side; the editor measures. */
const LETTER_WIDTH = 6.9;
const NO_INPUT = new Set(["inject", "mqtt in", "catch", "comment", "status", "complete"]);

/** Groups, tabs and config nodes are not drawn as nodes. */
export const isDrawn = ({ type, x }: FlowNode): boolean => x !== undefined && type !== "group";

export function boxOf(node: FlowNode): Box {
  const label = labelOf(node);
  const [x, y] = [node.x ?? 0, node.y ?? 0];
  if (node.type.startsWith("link")) {
    return { id: node.id, label, x, y, halfWidth: LINK_SIZE / 2, halfHeight: LINK_SIZE / 2 };
  }
  const hasInput = !NO_INPUT.has(node.type);
  const text = label.length * LETTER_WIDTH;
  const width = Math.max(NODE_WIDTH, 20 * Math.ceil((text + 50 + (hasInput ? 7 : 0)) / 20));
  const height = Math.max(NODE_HEIGHT, (node.wires?.length ?? 0) * 15);
  return { id: node.id, label, x, y, halfWidth: width / 2, halfHeight: height / 2 };
}

/** What stands in a node: its name, or for ours the word of the palette. */
function labelOf({ type, name }: FlowNode): string {
  if (name) return name;
  if (!type.startsWith("nixwave-")) return type;
  const own = type.replace("nixwave-", "");
  const file = `../../node-red-nodes/${own}/locales/en-US/${type}.json`;
  const catalogue = JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8")) as Record<
    string,
    { readonly type?: string }
  >;
  return catalogue[type]?.type ?? type;
}

/** Every wire of a flow. */
export function wiresOf(nodes: readonly FlowNode[]): readonly Wire[] {
  const boxes = new Map(nodes.filter(isDrawn).map((node) => [node.id, boxOf(node)]));
  return nodes.filter(isDrawn).flatMap((node) => {
    const outputs = node.wires ?? [];
    return outputs.flatMap((targets, port) =>
      targets.flatMap((id) => {
        const [from, to] = [boxes.get(node.id), boxes.get(id)];
        if (!(from && to)) return [];
        const y = from.y + (port - (outputs.length - 1) / 2) * PORT_DISTANCE;
        return [{ from, to, points: curve(from.x + from.halfWidth, y, to.x - to.halfWidth, to.y) }];
      }),
    );
  });
}

type Point = readonly [x: number, y: number];
type Cubic = readonly [from: Point, one: Point, two: Point, to: Point];

/** As generateLinkPath draws it. */
function curve(x1: number, y1: number, x2: number, y2: number): readonly Point[] {
  return (x2 > x1 ? forward(x1, y1, x2, y2) : back(x1, y1, x2, y2)).flatMap(along);
}

function forward(x1: number, y1: number, x2: number, y2: number): readonly Cubic[] {
  const near = Math.max(0, (NODE_WIDTH - Math.hypot(x2 - x1, y2 - y1)) / NODE_WIDTH);
  const reach = NODE_WIDTH * (CURVE - CURVE * near);
  return [
    [
      [x1, y1],
      [x1 + reach, y1],
      [x2 - reach, y2],
      [x2, y2],
    ],
  ];
}

/** Out to the right, back between the two rows, and in from the left: an S, in the editor's own steps. */
function back(x1: number, y1: number, x2: number, y2: number): readonly Cubic[] {
  const dy = y2 - y1;
  const down = dy > 0 ? 1 : -1;
  const half = NODE_HEIGHT / 2;
  const shift = Math.min(Math.abs(x2 - x1), Math.abs(dy));
  const reach = NODE_WIDTH * (0.4 - 0.2 * Math.max(0, (NODE_WIDTH - shift) / NODE_WIDTH));
  const middle: Point = [Math.floor((x1 + x2) / 2), Math.floor((y1 + y2) / 2)];
  const quarter = (y2 + middle[1]) / 2;
  const top: Point = [x1 + reach, nearer(down, quarter - dy / 2, y1 + down * half)];
  const bottom: Point = [x2 - reach, nearer(-down, quarter, y2 - down * half)];
  const x = (x1 + top[0]) / 2;
  const isTight = nearer(down, middle[1], top[1] + down * half) === top[1] + down * half;
  const [bend, bow] = isTight && Math.abs(dy) < half * 10 ? [half / 2, half / 2] : [half, half];
  const one: Point = [
    top[0],
    isTight ? top[1] - down * bend : nearer(-down, y1, top[1] - down * half),
  ];
  const two: Point = [isTight ? top[0] : x, nearer(down, middle[1], top[1] + down * half)];
  const low = nearer(-down, middle[1], bottom[1] - down * half);
  const three: Point = [bottom[0], isTight ? bottom[1] - down * bow : low];
  const end: Point = [x2, y2];
  return [
    [[x1, y1], [x, y1], one, top],
    [top, mirrored(one, top), two, middle],
    [middle, mirrored(two, middle), three, bottom],
    [bottom, mirrored(three, bottom), [(x2 + bottom[0]) / 2, y2], end],
  ];
}

/** A smooth curve goes on as it came. */
const mirrored = (control: Point, about: Point): Point => [
  2 * about[0] - control[0],
  2 * about[1] - control[1],
];

const nearer = (down: number, a: number, b: number): number =>
  down > 0 ? Math.min(a, b) : Math.max(a, b);

function along([from, one, two, to]: Cubic): readonly Point[] {
  const steps = Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / 4) + 4;
  return Array.from({ length: steps + 1 }, (_step, at) => {
    const t = at / steps;
    const part = (axis: 0 | 1): number =>
      (1 - t) ** 3 * from[axis] +
      3 * (1 - t) ** 2 * t * one[axis] +
      3 * (1 - t) * t ** 2 * two[axis] +
      t ** 3 * to[axis];
    return [part(0), part(1)] as const;
  });
}

export const overlap = (a: Box, b: Box): boolean =>
  Math.abs(a.x - b.x) < a.halfWidth + b.halfWidth &&
  Math.abs(a.y - b.y) < a.halfHeight + b.halfHeight;

/** Whether a wire runs over a node that it does not belong to. */
export const runsOver = ({ from, to, points }: Wire, box: Box): boolean =>
  box.id !== from.id &&
  box.id !== to.id &&
  points.some(
    ([x, y]) => Math.abs(x - box.x) < box.halfWidth && Math.abs(y - box.y) < box.halfHeight,
  );
