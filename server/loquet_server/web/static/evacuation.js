// The evacuation list in the hand: refreshed every minute, ticks kept, and its age said aloud as
// soon as the server does not answer. Without this file it is a plain page that prints.

const EVERY = 60_000;
const OLD = 100_000;
const LIFE = 12 * 3_600_000;
const TICKS = "loquet-evacuation-ticks";

const list = () => document.getElementById("evacuation");
const madeAt = () => Number(list().dataset.made);

function ticks() {
  return new Set(JSON.parse(sessionStorage.getItem(TICKS) ?? "[]"));
}

function showTicks() {
  const known = ticks();
  const boxes = [...list().querySelectorAll("[data-tick]")];
  for (const box of boxes) {
    box.checked = known.has(box.dataset.tick);
  }
  const done = boxes.filter((box) => box.checked).length;
  list().querySelector("#ticked").textContent = `${done} / ${boxes.length}`;
}

// When this device was told what it shows, by its own clock: the worker wrote it on its copy.
let toldAt = performance.timeOrigin;

async function findAge() {
  const copy = "caches" in window ? await caches.match("/evacuation") : undefined;
  if (copy && (await copy.clone().text()).includes(`data-made="${list().dataset.made}"`)) {
    toldAt = Number(copy.headers.get("x-loquet-kept-at"));
    list().querySelector("#kept").hidden = false;
  }
  showAge();
}

function showAge() {
  const minutes = Math.floor((Date.now() - toldAt) / 60_000);
  const age = list().querySelector("#age");
  const text = minutes < 60 ? age.dataset.old : age.dataset.hours;
  const said = text
    .replace("{hours}", String(Math.floor(minutes / 60)))
    .replace("{minutes}", String(minutes < 60 ? minutes : minutes % 60));
  age.hidden = Date.now() - toldAt < OLD;
  if (age.textContent !== said) {
    age.textContent = said;
  }
  if (Date.now() - toldAt > LIFE) {
    location.reload(); // the worker lets the copy go, and says so
  }
}

function ready() {
  const print = list().querySelector("[data-print]");
  print.hidden = false;
  print.addEventListener("click", () => window.print());
  showTicks();
}

async function refresh() {
  try {
    const answer = await fetch("/evacuation", {
      headers: { "x-loquet-again": "1", accept: "text/html" },
      redirect: "manual",
    });
    if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
      location.reload(); // signed out
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("evacuation");
    if (answer.ok && fresh && Number(fresh.dataset.made) >= madeAt()) {
      const open = [...list().querySelectorAll("details")].map((each) => each.open);
      const focused = document.activeElement?.dataset?.tick;
      list().replaceWith(document.adoptNode(fresh));
      toldAt = Date.now(); // unless it was a copy: findAge knows
      [...list().querySelectorAll("details")].forEach((each, at) => (each.open = open[at] ?? false));
      ready();
      if (focused) {
        list().querySelector(`[data-tick="${CSS.escape(focused)}"]`)?.focus();
      }
    }
  } catch {
    // no server: what is shown grows old, and says so
  }
  await findAge();
}

document.addEventListener("change", (event) => {
  const tick = event.target.dataset?.tick;
  if (tick) {
    const known = ticks();
    event.target.checked ? known.add(tick) : known.delete(tick);
    sessionStorage.setItem(TICKS, JSON.stringify([...known]));
    showTicks();
  }
});

ready();
findAge();
setInterval(refresh, EVERY);
setInterval(showAge, 5_000);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) {
    refresh();
  }
});
if ("serviceWorker" in navigator) {
  const { serviceWorker } = navigator;
  if (serviceWorker.controller === null) {
    // the first visit is not the worker's yet: ask once more through it, so that it keeps a copy
    serviceWorker.addEventListener("controllerchange", refresh, { once: true });
  }
  serviceWorker.register(list().dataset.worker, { scope: "/evacuation" });
}
