// A reader waits for a card: look once a second, and show the page anew when something happened.

const waiting = document.querySelector("[data-encoding]");

async function look() {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = page.querySelector("[data-encoding]");
  if (now?.dataset.encoding !== waiting.dataset.encoding) {
    clearInterval(timer);
    location.reload();
  }
}

const timer = waiting ? setInterval(() => look().catch(() => {}), 1000) : 0;
