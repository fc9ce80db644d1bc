// Something is waited for: ask once a second whether it is another, and show the page anew then.

const waiting = document.querySelector("[data-look]");

async function look() {
  const answer = await fetch(waiting.dataset.look);
  if (!answer.ok) return;
  const found = await answer.json();
  if (String(found[waiting.dataset.field]) !== waiting.dataset.value) {
    clearInterval(timer);
    location.replace(location.pathname);
  }
}

const timer = waiting ? setInterval(() => look().catch(() => {}), 1000) : 0;
