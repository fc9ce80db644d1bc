"use strict";
/* Asks for the board again and again; says how old it is when nobody answers, and after a quarter
   of an hour shows nothing rather than something old. */
(() => {
  const EVERY = 15000, OLD = 40000, NOTHING = 15 * 60000, PATIENCE = 10000;
  const body = document.body, board = document.getElementById("board");
  const state = document.getElementById("state"), nothing = document.getElementById("nothing");
  let fresh = Date.now(), gone = false, last = Number(board.firstElementChild.dataset.now);

  function judge() {
    const age = Date.now() - fresh, lost = gone || age > OLD, none = gone || age > NOTHING;
    body.classList.toggle("kiosk-lost", lost);
    body.classList.toggle("kiosk-none", none);
    nothing.hidden = !none;
    state.hidden = !lost || (none && !gone);
    const minutes = String(Math.max(1, Math.round(age / 60000)));
    const words = gone ? body.dataset.gone : body.dataset.stale.replace("{minutes}", minutes);
    if (!state.hidden && state.textContent !== words) state.textContent = words;
    tick();
  }

  function tick() {
    const clock = document.getElementById("clock");
    if (!clock) return;
    const now = new Date(last + Date.now() - fresh);
    const asked = { hour: "2-digit", minute: "2-digit", timeZone: body.dataset.zone };
    clock.textContent = now.toLocaleTimeString(document.documentElement.lang, asked);
  }

  async function ask() {
    const limit = AbortSignal.timeout(PATIENCE);
    try {
      const answer = await fetch("/kiosk/board", { cache: "no-store", signal: limit });
      if (answer.status === 410 || answer.status === 401) gone = true;
      else if (answer.ok) show(await answer.text());
    } catch {
      /* nobody answers: the age says so */
    }
    judge();
    setTimeout(ask, EVERY);
  }

  function show(text) {
    const parsed = new DOMParser().parseFromString(text, "text/html").body.firstElementChild;
    if (!parsed || !parsed.dataset.now) return;
    if (parsed.dataset.version !== body.dataset.version) {
      location.reload();
      return;
    }
    gone = false;
    fresh = Date.now();
    last = Number(parsed.dataset.now);
    document.documentElement.dataset.theme = parsed.dataset.theme;
    board.replaceChildren(parsed);
  }

  setInterval(judge, 1000);
  setTimeout(ask, EVERY);
  judge();
})();
