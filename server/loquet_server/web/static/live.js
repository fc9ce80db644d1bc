// Keeps the live page fresh: replaces the fragments that the server says have changed.
// Without this script the page is complete, it only does not update by itself.

const live = document.getElementById("live");
const connection = document.getElementById("connection");
const dialog = document.getElementById("dialog");
const SILENCE_MS = 25000; // the stream beats every 10 s: two missed beats and a bit
const FIRST_WAIT_MS = 1000; // then twice as long each time
const LONGEST_WAIT_MS = 30000;
const ASLEEP_MS = 5000; // a tick that comes so late: the device slept
const SVG = "http://www.w3.org/2000/svg";

let heard = 0; // when the server last said anything
let lost = false;
let stream = null;
let waits = 0; // attempts since it last worked
let timer = 0;

function say(state, text) {
  if (connection.dataset.state === state && connection.textContent === text) return;
  connection.dataset.state = state;
  connection.textContent = text;
  live.classList.toggle("stale", state === "lost");
}

function fresh() {
  heard = Date.now();
  lost = false;
  waits = 0;
  say("live", live.dataset.live);
}

// How long ago, in the words of the page's language, such as "3 minutes ago".
function ago(ms) {
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always" });
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return words.format(-Math.max(5, Math.floor(seconds / 5) * 5), "second");
  if (seconds < 3600) return words.format(-Math.floor(seconds / 60), "minute");
  return words.format(-Math.floor(seconds / 3600), "hour");
}

function gone() {
  lost = true;
  const since = heard || opened;
  const time = new Date(since).toLocaleTimeString(document.documentElement.lang);
  const age = live.dataset.age.replace("{time}", time).replace("{ago}", ago(Date.now() - since));
  say("lost", `${live.dataset.lost} ${age}`);
}

function parsed(html, within) {
  const holder = document.createElement("template");
  if (!within.namespaceURI || within.namespaceURI !== SVG) {
    holder.innerHTML = html.trim();
    return holder.content.firstElementChild;
  }
  holder.innerHTML = `<svg>${html.trim()}</svg>`;
  return holder.content.firstElementChild.firstElementChild;
}

function replace(id, html) {
  const old = document.getElementById(id);
  if (!old) return;
  const next = parsed(html, old);
  if (old.isEqualNode(next)) return;
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  old.replaceWith(next);
  if (focused) {
    (document.getElementById(focused) || document.getElementById("main")).focus({ preventScroll: true });
  }
}

// The dialog of a lockdown shows how far the doors are, as the page does.
function follow() {
  const shown = dialog.querySelector("[data-done] [data-wishes]");
  const now = document.querySelector("#wishes [data-wishes]");
  if (shown && now && !shown.isEqualNode(now)) shown.replaceWith(now.cloneNode(true));
}

// The shape of the page changed (a door was added, say): fetch the whole and take its parts.
async function refetch() {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (answer.redirected && new URL(answer.url).pathname !== location.pathname) {
    location.reload(); // signed out meanwhile
    return;
  }
  if (!answer.ok) throw new Error(answer.statusText);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = page.getElementById("fragments");
  if (!next) return;
  const open = [...document.querySelectorAll("#fragments details[open]")].map((each) => each.className);
  document.getElementById("fragments").replaceWith(next);
  for (const each of next.querySelectorAll("details")) each.open = open.includes(each.className);
  live.dataset.fragments = page.getElementById("live").dataset.fragments;
}

function update(event) {
  const said = JSON.parse(event.data);
  if (said.ids && said.ids.join(" ") !== live.dataset.fragments) {
    refetch().then(fresh, gone);
    return;
  }
  for (const [id, html] of Object.entries(said.fragments)) replace(id, html);
  follow();
  tell();
  fresh();
}

function listen() {
  clearTimeout(timer);
  timer = 0;
  stream?.close();
  stream = new EventSource(live.dataset.stream);
  stream.addEventListener("update", update);
  stream.addEventListener("beat", fresh);
  stream.onerror = () => {
    stream.close();
    gone();
    again();
  };
}

// Later each time, and never all pages of the house in the same instant.
function again() {
  if (timer) return;
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** waits);
  waits += 1;
  timer = setTimeout(async () => {
    timer = 0;
    try {
      if (waits > 2) await refetch(); // says so if nobody is signed in any more
    } catch { /* the stream will tell */ }
    listen();
  }, longest * (0.5 + Math.random() / 2));
}

// After sleep, or back on a network: at once, and not as if nothing had been.
function awake() {
  if (document.hidden) return;
  if (Date.now() - heard > SILENCE_MS / 2 || lost) {
    if (Date.now() - heard > SILENCE_MS) gone();
    waits = 0;
    listen();
  }
}

const opened = Date.now();
let ticked = Date.now();
setInterval(() => {
  const now = Date.now();
  if (now - ticked > ASLEEP_MS) awake();
  ticked = now;
  if (lost || (heard && now - heard > SILENCE_MS)) {
    gone();
    if (stream.readyState === EventSource.OPEN) { // open, and silent: a dead line
      stream.close();
      again();
    }
  }
}, 1000);
document.addEventListener("visibilitychange", awake);
addEventListener("online", awake);
addEventListener("pageshow", (event) => event.persisted && awake());

// The plan: what is under the pointer or the focus, in words.

let told = ""; // the mark whose words are shown

function tell() {
  const said = document.getElementById("plan-said");
  const mark = told && document.getElementById(told);
  if (!said) return;
  said.hidden = !mark;
  if (mark) said.textContent = mark.getAttribute("aria-label");
}

function pointed(event) {
  const mark = event.target.closest?.(".mark[aria-label]");
  if (!mark || mark.id === told) return;
  told = mark.id;
  tell();
}

document.addEventListener("pointerover", pointed);
document.addEventListener("focusin", pointed);

// Orders: the same form as the page behind the link, in a dialog.

let opener = "";

function show(page) {
  const body = page.getElementById("dialog-body");
  if (!body) return false;
  dialog.replaceChildren(document.adoptNode(body));
  if (!dialog.open) dialog.showModal();
  follow();
  const first = dialog.querySelector("button, input:not([type=hidden]), [tabindex='-1'], a");
  const wanted = dialog.querySelector("[autofocus]") || first;
  if (wanted) wanted.focus();
  return true;
}

async function load(address, options) {
  const answer = await fetch(address, options);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (link.classList.contains("mark-desk")) {
    event.preventDefault(); // its words stand below the plan; the table is for those without
  } else if (link.hasAttribute("data-close") && dialog.open) {
    event.preventDefault();
    dialog.close();
  } else if (link.hasAttribute("data-dialog")) {
    event.preventDefault();
    if (!dialog.open) opener = link.id;
    try {
      if (!show(await load(link.href))) location.href = link.href;
    } catch {
      location.href = link.href;
    }
  }
});

dialog.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const buttons = [...form.querySelectorAll("button")];
  const body = new URLSearchParams(new FormData(form, event.submitter));
  for (const button of buttons) button.disabled = true;
  try {
    show(await load(form.action, { method: "POST", body }));
  } catch {
    for (const button of buttons) button.disabled = false;
    gone();
  }
});

dialog.addEventListener("close", () => {
  const back = document.getElementById(opener);
  if (back) back.focus({ preventScroll: true });
});

const choice = document.querySelector("[data-choice]");
if (choice) {
  choice.querySelector("button").hidden = true;
  choice.addEventListener("change", () => choice.submit());
}

say("connecting", live.dataset.connecting);
listen();
