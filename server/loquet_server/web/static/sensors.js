// What the unit hears, asked for anew every two seconds and whenever the form changes.

const heard = document.querySelector("[data-heard]");
const form = document.getElementById("sensor");

async function look() {
  const asked = new URLSearchParams();
  for (const name of ["topic", "path", "active", "idle"]) asked.set(name, form.elements[name].value);
  const answer = await fetch(`${heard.dataset.heard}&${asked}`);
  if (!answer.ok || heard.contains(document.activeElement)) return;
  const text = await answer.text();
  if (text !== heard.innerHTML) heard.innerHTML = text;
}

if (heard && form) {
  const again = () => look().catch(() => {});
  form.addEventListener("input", again);
  setInterval(() => document.hidden || again(), 2000);
}
