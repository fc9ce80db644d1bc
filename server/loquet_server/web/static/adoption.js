// The list follows by itself; the form shows only what its choices ask for.

const list = document.querySelector("[data-watch]");

async function follow() {
  if (document.hidden || list.contains(document.activeElement)) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const found = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = found.querySelector("[data-watch]");
  if (fresh && fresh.innerHTML !== list.innerHTML) list.innerHTML = fresh.innerHTML;
}

if (list) setInterval(() => follow().catch(() => {}), 2000);

const place = document.querySelector("#replaces");
const kind = document.querySelector("#kind");
const doors = [...document.querySelectorAll('input[name="doors"]')];
const desks = [...document.querySelectorAll('input[name="lost_desks"]')];

function fit() {
  document.querySelector("[data-new]").toggleAttribute("data-off", place.value !== "");
  const seats = desks.some((desk) => desk.checked);
  const taken = seats || doors.some((door) => door.checked);
  document.querySelector("[data-else]").toggleAttribute("data-off", taken);
  const sensed = seats || (!taken && kind.value === "desks");
  document.querySelector("[data-sensor]").toggleAttribute("data-off", !sensed);
  for (const part of document.querySelectorAll("[data-kind]")) {
    part.toggleAttribute("data-off", !part.dataset.kind.split(" ").includes(kind.value));
  }
}

if (place && kind) {
  for (const each of [place, kind, ...doors, ...desks]) each.addEventListener("change", fit);
  fit();
}
