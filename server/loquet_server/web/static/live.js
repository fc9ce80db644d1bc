// Keeps the live page fresh: replaces the fragments that the server says have changed.
// Without this script the page is complete, it only does not update by itself.

const live = document.getElementById("live");
const connection = document.getElementById("connection");
const dialog = document.getElementById("dialog");
const SILENCE_MS = 25000; // the stream beats every 10 s: two missed beats and a bit

let heard = 0; // when the server last said anything
let lost = false;

function say(state, text) {
  if (connection.dataset.state === state && connection.textContent === text) return;
  connection.dataset.state = state;
  connection.textContent = text;
  live.classList.toggle("stale", state === "lost");
}

function fresh() {
  heard = Date.now();
  lost = false;
  say("live", live.dataset.live);
}

function gone() {
  lost = true;
  if (!heard) {
    say("lost", live.dataset.lost);
    return;
  }
  const time = new Date(heard).toLocaleTimeString(document.documentElement.lang);
  say("lost", `${live.dataset.lost} ${live.dataset.age.replace("{time}", time)}`);
}

function replace(id, html) {
  const old = document.getElementById(id);
  if (!old) return false;
  const holder = document.createElement("template");
  holder.innerHTML = html.trim();
  const next = holder.content.firstElementChild;
  if (old.isEqualNode(next)) return true;
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  old.replaceWith(next);
  if (focused) {
    (document.getElementById(focused) || document.getElementById("main")).focus({ preventScroll: true });
  }
  return true;
}

// The shape of the page changed (a door was added, say): fetch the whole and take its parts.
async function refetch() {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = page.getElementById("fragments");
  if (next) {
    document.getElementById("fragments").replaceWith(next);
    live.dataset.fragments = page.getElementById("live").dataset.fragments;
  }
}

function update(event) {
  const said = JSON.parse(event.data);
  if (said.ids && said.ids.join(" ") !== live.dataset.fragments) {
    refetch().then(fresh, gone);
    return;
  }
  for (const [id, html] of Object.entries(said.fragments)) replace(id, html);
  fresh();
}

function listen() {
  const stream = new EventSource(live.dataset.stream);
  stream.addEventListener("update", update);
  stream.addEventListener("beat", fresh);
  stream.onerror = () => {
    gone();
    // A browser gives up for good on some answers (502 from a proxy, say): start over then.
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  };
}

setInterval(() => {
  if (heard && !lost && Date.now() - heard > SILENCE_MS) gone();
}, 1000);

// Orders: the same form as the page behind the link, in a dialog.

let opener = "";

function show(page) {
  const body = page.getElementById("dialog-body");
  if (!body) return false;
  dialog.replaceChildren(document.adoptNode(body));
  if (!dialog.open) dialog.showModal();
  const first = dialog.querySelector("input, [tabindex='-1'], a");
  if (first) first.focus();
  return true;
}

async function load(address, options) {
  const answer = await fetch(address, options);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (link.hasAttribute("data-close") && dialog.open) {
    event.preventDefault();
    dialog.close();
  } else if (link.hasAttribute("data-dialog")) {
    event.preventDefault();
    opener = link.id;
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
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    show(await load(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) }));
  } catch {
    button.disabled = false;
    gone();
  }
});

dialog.addEventListener("close", () => {
  const back = document.getElementById(opener);
  if (back) back.focus({ preventScroll: true });
});

say("connecting", live.dataset.connecting);
listen();
