// Plans as text and as shapes: what of the editor needs no page of its own.

const SVG = "http://www.w3.org/2000/svg";
export const WIDTH = 1000; // lengths are thousandths of the plan's width; the form has percent

export const isShape = (kind) => kind === "wall" || kind === "room" || kind === "label";
export const percent = (length) => String(Math.round(length) / 10);

export function parse(text) {
  const number = Number(text.trim().replace(",", "."));
  return text.trim() === "" || Number.isNaN(number) ? null : number * 10;
}

export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export function readPoints(text) {
  return text.split(";").map((pair) => pair.trim().split(/\s+/).map(parse))
    .filter((pair) => pair.length === 2 && pair.every((each) => each !== null));
}

export function readLine(line) {
  const [word, ...rest] = line.trim().split(/\s+/);
  const kinds = { wall: "wall", mur: "wall", room: "room", pièce: "room", piece: "room", label: "label", étiquette: "label" };
  const kind = kinds[(word || "").toLowerCase()];
  if (kind === "label") return { kind, points: readPoints(rest.slice(0, 2).join(" ")), text: rest.slice(2).join(" ") };
  return kind ? { kind, points: readPoints(rest.join(" ")), text: "" } : null;
}

// What is large lies below, so that what stands on it can be taken.
const LAYERS = ["room", "area", "wall", "label"];
export const layer = (item) => (LAYERS.includes(item.kind) ? LAYERS.indexOf(item.kind) : LAYERS.length);

export const pair = (point) => `${percent(point[0])} ${percent(point[1])}`;

export function make(name, attributes, parent) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.append(element);
  return element;
}

export function corners(points) {
  if (points.length !== 2) return points;
  const [[left, top], [right, bottom]] = points;
  return [[left, top], [right, top], [right, bottom], [left, bottom]];
}

// As the server does it: neighbours and their words do not touch.
export function markSize(items) {
  const spots = items.filter((item) => item.kind === "desk" || item.kind === "door").map((item) => item.points[0]);
  let nearest = WIDTH;
  spots.forEach((one, at) => spots.slice(at + 1).forEach((other) => {
    const far = Math.max(Math.abs(one[0] - other[0]), Math.abs(one[1] - other[1]));
    if (far) nearest = Math.min(nearest, far);
  }));
  return Math.min(58, Math.max(22, nearest * 0.62));
}

export function body(item, group, size, height) {
  const [x, y] = item.points[0];
  const points = (item.kind === "wall" ? item.points : corners(item.points)).join(" ");
  const half = item.kind === "desk" ? size / 2 : size / 3.2;
  const box = { class: "item-body", x: x - half, y: y - half, width: 2 * half, height: 2 * half };
  if (item.kind === "wall") {
    make("polyline", { class: "item-reach", points }, group);
    make("polyline", { class: "item-body", points }, group);
  } else if (item.kind === "room" || item.kind === "area") make("polygon", { class: "item-body", points }, group);
  else if (item.kind === "desk") make("rect", { ...box, rx: 8 }, group);
  else if (item.kind === "door") make("rect", { ...box, rx: 2 }, group);
  else if (item.kind !== "label") make("circle", { class: "item-body", cx: x, cy: y, r: size / 4 }, group);
  const name = item.kind === "label" ? item.text : isShape(item.kind) ? "" : item.name;
  if (!name) return;
  const at = item.kind === "area" ? topLeft(item.points) : item.key && item.kind !== "desk" ? beside(x, y, half, height) : { x, y };
  make("text", at, group).textContent = name.length > 22 ? `${name.slice(0, 21)}…` : name;
}

const topLeft = (points) => ({ x: Math.min(...points.map((each) => each[0])) + 8, y: Math.min(...points.map((each) => each[1])) + 8 });

// Under it, or above at the lower edge; never cut off at the sides.
function beside(x, y, half, height) {
  const side = x < 130 ? "start" : x > WIDTH - 130 ? "end" : "middle";
  const near = { start: x - half, middle: x, end: x + half }[side];
  return { x: near, y: y > height - 40 ? y - half - 14 : y + half + 14, "text-anchor": side };
}

export function moved(points, dx, dy, height) {
  const xs = points.map((each) => each[0]);
  const ys = points.map((each) => each[1]);
  const across = Math.min(WIDTH - Math.max(...xs), Math.max(-Math.min(...xs), dx));
  const along = Math.min(height - Math.max(...ys), Math.max(-Math.min(...ys), dy));
  return points.map(([x, y]) => [Math.round(x + across), Math.round(y + along)]);
}
