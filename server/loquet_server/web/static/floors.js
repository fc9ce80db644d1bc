// The editor of a plan: mouse, touch and keyboard. The form below it is the single truth: what
// is drawn here is written into its fields, and saving sends the form, as it would without this.

import {
  WIDTH, body, corners, fill, isShape, layer, make, markSize, moved, pair, parse, percent, readLine, readPoints,
} from "./floors_shapes.js";
import { saves } from "./floors_saving.js";

const GRID = 10;
const SMALLEST = 5; // a drag shorter than this was a click
const MOST_STEPS = 100;

const editor = document.getElementById("editor");
const sheet = document.getElementById("sheet");
const form = document.getElementById("plan-form");
const said = editor.querySelector("[data-said]");
const chosenBox = editor.querySelector("[data-chosen]");
const textField = editor.querySelector("[data-text-field]");
const textInput = editor.querySelector("[data-text-input]");
const snapBox = editor.querySelector("[data-snap]");
const shapesField = form.elements.shapes;
const words = editor.dataset;

let items = []; // {id, kind, key, name, points, text}; what is drawn first comes first
let chosen = 0; // an item's id
let tool = "select"; // select, wall, room, label, or the key of what is to be placed
let drag = null;
let past = [];
let future = [];
let lastId = 0;
let dirty = false;

const height = () => Math.min(3000, Math.max(200, Math.round(parse(form.elements.height.value) || 600)));
const find = (id) => items.find((item) => item.id === id);

function say(text, mood = "") {
  said.textContent = text;
  said.dataset.mood = mood;
}

// Between the form and the items

function readForm() {
  items = [];
  for (const line of shapesField.value.split("\n")) {
    const shape = readLine(line);
    if (shape && shape.points.length) items.push({ id: ++lastId, key: "", name: words[shape.kind], ...shape });
  }
  for (const field of form.querySelectorAll("[data-name]")) {
    const [axis, kind, subject] = field.name.split(":");
    const key = `${kind}:${subject}`;
    if (axis === "y" || !field.value.trim()) continue;
    const points = axis === "points" ? readPoints(field.value)
      : [[parse(field.value), parse(form.elements[`y:${key}`].value)]];
    if (points.length && points.every((pair) => pair.every((each) => each !== null))) {
      items.push({ id: ++lastId, kind, key, name: field.dataset.name, points, text: "" });
    }
  }
  order();
}

function order() {
  items.sort((one, other) => layer(one) - layer(other) || one.id - other.id);
}

function writeForm() {
  for (const field of form.querySelectorAll("[data-name]")) {
    const [axis, kind, subject] = field.name.split(":");
    const item = items.find((each) => each.key === `${kind}:${subject}`);
    if (!item) field.value = "";
    else if (axis === "points") field.value = item.points.map(pair).join("; ");
    else field.value = percent(item.points[0][axis === "x" ? 0 : 1]);
  }
  shapesField.value = items.filter((item) => isShape(item.kind))
    .map((item) => `${words[item.kind]} ${item.points.map(pair).join("; ")} ${item.text}`.trim()).join("\n");
}

// History

const state = () => JSON.stringify(items);

function keep(before) {
  if (before === state()) return;
  past.push(before);
  if (past.length > MOST_STEPS) past.shift();
  future = [];
  changed();
}

function change(act) {
  const before = state();
  act();
  keep(before);
}

function changed() {
  dirty = true;
  writeForm();
  draw();
}

function travel(from, to) {
  if (!from.length) return;
  to.push(state());
  items = JSON.parse(from.pop());
  if (!find(chosen)) chosen = 0;
  changed();
}

// Drawing

function label(item) {
  const [x, y] = item.points[0];
  const name = item.text || item.name;
  return fill(words.at, { name, x: percent(x), y: percent(y) });
}

function draw() {
  const active = document.activeElement?.id;
  const group = sheet.querySelector("[data-items]");
  group.replaceChildren();
  sheet.setAttribute("viewBox", `0 0 ${WIDTH} ${height()}`);
  const size = markSize(items);
  for (const item of items) {
    const element = make("g", {
      id: `item-${item.id}`, class: `item item-${item.kind}`, tabindex: 0, role: "button",
      "aria-label": label(item), "aria-pressed": item.id === chosen, "data-item": item.id,
    }, group);
    body(item, element, size, height());
  }
  const item = find(chosen);
  if (item && item.points.length > 1) drawHandles(item, group);
  showSide(item);
  if (active && /^(item|corner)-/.test(active)) document.getElementById(active)?.focus({ preventScroll: true });
}

function drawHandles(item, group) {
  item.points.forEach(([x, y], at) => make("circle", {
    id: `corner-${at}`, class: "handle", cx: x, cy: y, r: 13, tabindex: 0, role: "button", "data-corner": at,
    "aria-label": fill(words.corner, { at: at + 1, all: item.points.length }),
  }, group));
}

function showSide(item) {
  const placed = new Set(items.map((each) => each.key));
  for (const palette of editor.querySelectorAll("[data-palette]")) {
    const buttons = [...palette.querySelectorAll("[data-place]")];
    for (const button of buttons) {
      button.parentElement.hidden = placed.has(button.dataset.place);
      button.setAttribute("aria-pressed", tool === button.dataset.place);
    }
    const left = buttons.filter((button) => !placed.has(button.dataset.place)).length;
    palette.querySelector("[data-left]").textContent = left ? `(${left})` : "";
    palette.querySelector("[data-all]").hidden = left > 0;
  }
  for (const button of editor.querySelectorAll("[data-tool]")) button.setAttribute("aria-pressed", tool === button.dataset.tool);
  editor.querySelector("[data-act=undo]").disabled = !past.length;
  editor.querySelector("[data-act=redo]").disabled = !future.length;
  sheet.classList.toggle("sheet-drawing", tool !== "select");
  chosenBox.hidden = !item;
  if (!item) return;
  chosenBox.querySelector("[data-name]").textContent = item.text || item.name;
  textField.hidden = item.kind !== "label";
  if (document.activeElement !== textInput) textInput.value = item.text;
  chosenBox.querySelector("[data-act=corner]").hidden = item.points.length < 2;
}

// Changes

const bound = ([x, y]) => [Math.min(WIDTH, Math.max(0, Math.round(x))), Math.min(height(), Math.max(0, Math.round(y)))];
const snapped = (point) => bound(snapBox.checked ? point.map((each) => Math.round(each / GRID) * GRID) : point);

function add(kind, key, name, points, text = "") {
  const item = { id: ++lastId, kind, key, name, points, text };
  change(() => {
    items.push(item);
    order();
  });
  choose(item.id);
  return item;
}

function choose(id) {
  chosen = id;
  draw();
}

function remove() {
  const item = find(chosen);
  if (!item) return;
  const next = items[items.indexOf(item) + 1] || items[items.indexOf(item) - 1];
  change(() => { items = items.filter((each) => each !== item); });
  chosen = 0;
  draw();
  say(fill(words.removed, { name: item.text || item.name }));
  if (next) document.getElementById(`item-${next.id}`).focus({ preventScroll: true });
}

function addCorner() {
  const item = find(chosen);
  change(() => {
    const points = item.kind === "wall" ? item.points : corners(item.points);
    const [one, other] = item.kind === "wall" ? points.slice(-2) : [points[points.length - 1], points[0]];
    const middle = bound([(one[0] + other[0]) / 2, (one[1] + other[1]) / 2]);
    item.points = item.kind === "wall" ? [...points.slice(0, -1), middle, points[points.length - 1]] : [...points, middle];
  });
}

function place(key, points) {
  const button = editor.querySelector(`[data-place="${CSS.escape(key)}"]`);
  const name = button.textContent.trim();
  const item = add(key.split(":")[0], key, name, points);
  const next = [...button.closest("ul").querySelectorAll("[data-place]")].find((each) => !each.parentElement.hidden);
  say(fill(words.placed, { name }));
  return [item, next];
}

function middle(kind) {
  const [x, y] = [WIDTH / 2, Math.round(height() / 2)];
  return kind === "wall" || kind === "room" || kind === "area" ? [[x - 120, y - (kind === "wall" ? 0 : 80)], [x + 120, y + (kind === "wall" ? 0 : 80)]] : [[x, y]];
}

function take(next, byKeyboard) {
  const kind = next.split(":")[0];
  if (byKeyboard && next !== "select") { // no pointer says where: it comes to the middle
    const item = next.includes(":") ? place(next, middle(kind))[0] : add(kind, "", words[kind], middle(kind), kind === "label" ? words.text : "");
    tool = "select";
    draw();
    document.getElementById(`item-${item.id}`).focus();
    return;
  }
  tool = tool === next ? "select" : next;
  const button = editor.querySelector(`[data-place="${CSS.escape(next)}"]`);
  if (tool === "select") say("");
  else say(button && kind !== "area" ? fill(words.arm, { name: button.textContent.trim() }) : words.draw);
  draw();
}

// Pointers

function spot(event) {
  const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(sheet.getScreenCTM().inverse());
  return [point.x, point.y];
}

sheet.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  const at = spot(event);
  const before = state();
  const corner = event.target.closest(".handle");
  const element = event.target.closest("[data-item]");
  if (tool !== "select") begin(at, before);
  else if (corner) drag = { act: "corner", corner: Number(corner.dataset.corner), before };
  else if (element) {
    choose(Number(element.dataset.item));
    document.getElementById(`item-${chosen}`).focus({ preventScroll: true });
    drag = { act: "move", from: at, points: find(chosen).points, before };
  } else {
    choose(0);
    return;
  }
  event.preventDefault();
  if (drag) sheet.setPointerCapture(event.pointerId);
});

function begin(at, before) {
  const kind = tool.split(":")[0];
  const point = snapped(at);
  if (kind === "wall" || kind === "room" || kind === "area") {
    const name = kind === tool ? words[kind] : editor.querySelector(`[data-place="${CSS.escape(tool)}"]`).textContent.trim();
    const item = { id: ++lastId, kind, key: kind === tool ? "" : tool, name, points: [point, point], text: "" };
    items.push(item);
    order();
    chosen = item.id;
    drag = { act: "corner", corner: 1, before, fresh: true };
    draw();
  } else if (kind === "label") {
    add("label", "", words.label, [point], words.text);
    tool = "select";
    draw();
    textInput.focus();
    textInput.select();
  } else {
    const [, next] = place(tool, [point]);
    tool = next ? next.dataset.place : "select";
    if (next) say(fill(words.arm, { name: next.textContent.trim() }));
    draw();
  }
}

sheet.addEventListener("pointermove", (event) => {
  if (!drag) return;
  const item = find(chosen);
  const at = spot(event);
  if (drag.act === "corner") item.points = item.points.map((each, index) => (index === drag.corner ? snapped(at) : each));
  else {
    const [x, y] = drag.points[0];
    const to = snapped([x + at[0] - drag.from[0], y + at[1] - drag.from[1]]);
    item.points = moved(drag.points, to[0] - x, to[1] - y, height());
  }
  draw();
});

function drop() {
  if (!drag) return;
  const { before, fresh } = drag;
  const item = find(chosen);
  drag = null;
  if (fresh) {
    const [one, other] = item.points;
    tool = "select";
    if (Math.hypot(other[0] - one[0], other[1] - one[1]) < SMALLEST) {
      items = JSON.parse(before);
      chosen = 0;
    }
    say("");
  }
  keep(before);
  draw();
}

sheet.addEventListener("pointerup", drop);
sheet.addEventListener("pointercancel", drop);

// Keys

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

sheet.addEventListener("focusin", (event) => {
  const element = event.target.closest("[data-item]");
  if (element && Number(element.dataset.item) !== chosen && !drag) choose(Number(element.dataset.item));
});

sheet.addEventListener("keydown", (event) => {
  const item = find(chosen);
  const corner = event.target.closest(".handle");
  if (!item || event.ctrlKey || event.metaKey || event.altKey) return;
  if (STEPS[event.key]) {
    const size = event.shiftKey ? 1 : GRID;
    const [dx, dy] = STEPS[event.key].map((each) => each * size);
    change(() => {
      if (corner) item.points = item.points.map((each, at) => (at === Number(corner.dataset.corner) ? bound([each[0] + dx, each[1] + dy]) : each));
      else item.points = moved(item.points, dx, dy, height());
    });
    say(label(item));
  } else if (event.key === "Delete" || event.key === "Backspace") {
    if (corner && item.points.length > 2) change(() => item.points.splice(Number(corner.dataset.corner), 1));
    else remove();
  } else return;
  event.preventDefault();
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input, textarea");
  const key = event.key.toLowerCase();
  if (event.key === "Escape" && (tool !== "select" || chosen)) {
    tool = "select";
    say("");
    choose(0);
  } else if ((event.ctrlKey || event.metaKey) && !typing && (key === "z" || key === "y")) {
    event.preventDefault();
    if (key === "y" || event.shiftKey) travel(future, past);
    else travel(past, future);
  }
});

editor.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const acts = { undo: () => travel(past, future), redo: () => travel(future, past), remove, corner: addCorner };
  if (button.dataset.act) acts[button.dataset.act]();
  else take(button.dataset.tool || button.dataset.place, event.detail === 0);
});

textInput.addEventListener("input", () => {
  const item = find(chosen);
  if (item && textInput.value.trim()) change(() => { item.text = textInput.value.trim(); });
});

// Saving

form.addEventListener("change", (event) => {
  if (event.target === form.elements.name) return;
  const before = state();
  readForm();
  if (!find(chosen)) chosen = 0;
  keep(before);
  draw();
});

window.addEventListener("beforeunload", (event) => {
  if (dirty) event.preventDefault();
});

saves(form, words, say, (kept) => { dirty = !kept; });
readForm();
sheet.querySelector("[data-still]").remove();
sheet.classList.add("sheet-live");
for (const part of document.querySelectorAll("[data-tools], [data-side], [data-help]")) part.hidden = false;
draw();
