// Keeps what is said of units fresh: the server says when something changed, and the page asks anew.
// Without this script the page is complete, it only does not update by itself.

const fresh = document.querySelector("[data-fresh]");
const whole = document.querySelector("[data-fresh-page]");
const connection = document.getElementById("connection");
const SILENCE_MS = 25000; // the stream beats every 10 s

let heard = Date.now();
let asking = false;
let again = false;

function say(live) {
  if (!connection) return;
  const text = live ? connection.dataset.live : connection.dataset.lost;
  if (connection.textContent === text) return;
  connection.textContent = text;
  connection.dataset.state = live ? "live" : "lost";
  document.body.classList.toggle("stale", !live);
}

// Only one question at a time; what changed meanwhile is asked for afterwards.
async function refresh() {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  try {
    const address = new URL(location.href);
    address.searchParams.set("part", "true");
    const answer = await fetch(address, { headers: { accept: "text/html" } });
    if (answer.redirected || answer.status === 401 || answer.status === 403) location.reload();
    if (answer.ok) put(await answer.text());
  } catch {
    say(false);
  }
  asking = false;
  if (again) {
    again = false;
    refresh();
  }
}

// Replaces the part, and leaves the focus where it was.
function put(html) {
  const link = fresh.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  fresh.innerHTML = html;
  if (link) fresh.querySelector(`[href="${CSS.escape(link)}"]`)?.focus();
}

function listen() {
  const stream = new EventSource("/live/units");
  const news = () => {
    heard = Date.now();
    say(true);
    if (document.visibilityState === "visible") refresh();
  };
  stream.addEventListener("beat", news);
  stream.addEventListener("changed", news);
  setInterval(() => say(Date.now() - heard < SILENCE_MS), 1000);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") refresh();
  });
}

if (fresh) listen();
if (whole) setInterval(() => location.replace(location.pathname), 2000);
