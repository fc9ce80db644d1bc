// Does without a page load what the forms of the bench do with one, and shows boards live.

const problem = document.getElementById("problem");

function replace(id, html) {
  const old = document.getElementById(id);
  if (!old) return;
  const holder = document.createElement("template");
  holder.innerHTML = html.trim();
  const next = holder.content.firstElementChild;
  if (old.isEqualNode(next)) return;
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  const around = focused && document.activeElement.closest("section, li");
  const place = around ? [...old.querySelectorAll("section, li")].indexOf(around) : -1;
  old.replaceWith(next);
  if (!focused) return;
  // "Open the leaf" has become "Close the leaf": stay at the same place.
  const there = next.querySelectorAll("section, li")[place];
  const target = document.getElementById(focused) || (there && there.querySelector("button"));
  if (target) target.focus({ preventScroll: true });
}

for (const unit of document.querySelectorAll("[data-stream]")) {
  const listen = () => {
    const stream = new EventSource(unit.dataset.stream);
    stream.addEventListener("update", (event) => {
      for (const [id, html] of Object.entries(JSON.parse(event.data).fragments)) replace(id, html);
    });
    stream.onerror = () => {
      if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
    };
  };
  listen();
}

function complain(text) {
  problem.textContent = text;
  problem.hidden = !text;
  if (text) problem.scrollIntoView({ block: "nearest" });
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form, event.submitter));
  try {
    const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" });
    if (answer.type === "opaqueredirect" || answer.ok) {
      complain("");
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const said = page.getElementById("problem");
    complain(said ? said.textContent : answer.statusText);
  } catch (error) {
    complain(error.message);
  }
});
