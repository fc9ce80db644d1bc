// A reader waits for a badge: ask once a second, and show the page anew when it has seen one.

const waiting = document.querySelector("[data-enrolment]");

async function look() {
  const answer = await fetch(`/api/v1/badge-enrolments/${waiting.dataset.enrolment}`);
  if (!answer.ok) return;
  const { state } = await answer.json();
  if (state !== "waiting") {
    clearInterval(timer);
    location.reload();
  }
}

const timer = waiting ? setInterval(() => look().catch(() => {}), 1000) : 0;
