// A part of the page keeps itself fresh while something is on its way: asked for every two
// seconds, less often when nobody looks, and never again once it is over.

const OFTEN = 2000;
const SELDOM = 15000;

async function look(part) {
  const answer = await fetch(part.dataset.again, { headers: { accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (part.innerHTML.trim() !== page.body.innerHTML.trim()) part.replaceChildren(...page.body.childNodes);
  if (!part.querySelector("[data-waiting-mark]")) part.removeAttribute("data-waiting");
}

async function keep(part) {
  while (part.hasAttribute("data-waiting")) {
    await new Promise((done) => setTimeout(done, document.hidden ? SELDOM : OFTEN));
    await look(part).catch(() => {});
  }
  if (part.dataset.then === "reload") location.reload();
}

for (const part of document.querySelectorAll("[data-again][data-waiting]")) keep(part);

// A telephone that wakes up shows what is true now.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  for (const part of document.querySelectorAll("[data-again][data-waiting]")) look(part).catch(() => {});
});
