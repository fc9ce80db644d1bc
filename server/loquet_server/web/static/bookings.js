// Bookings: arrow keys in the table, and what is free while a form is filled in. All of it works without.

const grid = document.querySelector("[data-grid]");

if (grid) {
  const rows = [...grid.querySelectorAll("tbody tr")].map((row) => [...row.querySelectorAll("[data-cell]")]);
  const middle = (cell) => {
    const box = cell.getBoundingClientRect();
    return box.left + box.width / 2;
  };
  const closest = (row, at) =>
    row.reduce((best, cell) => (!best || Math.abs(middle(cell) - at) < Math.abs(middle(best) - at) ? cell : best), null);
  const place = (cell) => rows.findIndex((row) => row.includes(cell));
  const first = rows.find((row) => row.length > 0);
  // one stop for the Tab key; the arrows do the rest
  for (const cell of rows.flat()) cell.tabIndex = -1;
  if (first) first[0].tabIndex = 0;
  grid.addEventListener("keydown", (event) => {
    const cell = event.target.closest("[data-cell]");
    if (!cell) return;
    const at = place(cell);
    const row = rows[at];
    const along = row.indexOf(cell);
    let next = null;
    if (event.key === "ArrowRight") next = row[along + 1];
    else if (event.key === "ArrowLeft") next = row[along - 1];
    else if (event.key === "Home") next = row[0];
    else if (event.key === "End") next = row[row.length - 1];
    else if (event.key === "ArrowDown") next = closest(rows.slice(at + 1).find((each) => each.length > 0) ?? [], middle(cell));
    else if (event.key === "ArrowUp") next = closest(rows.slice(0, at).reverse().find((each) => each.length > 0) ?? [], middle(cell));
    else return;
    event.preventDefault();
    if (!next) return;
    cell.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
}

const form = document.querySelector("form[data-free]");

if (form) {
  const what = form.querySelector("#what");
  const day = form.querySelector("#day");
  let asked = 0;
  document.documentElement.classList.add("has-script");
  const refresh = async () => {
    const mine = ++asked;
    const query = new URLSearchParams({ what: what.value, day: day.value });
    if (!day.value) return;
    let answer;
    try {
      answer = await fetch(`${form.dataset.free}?${query}`, { headers: { accept: "text/html" } });
    } catch {
      return; // what was shown stays; saving says what is taken
    }
    if (!answer.ok || mine !== asked) return;
    const found = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#free");
    const shown = document.querySelector("#free");
    if (found && shown) shown.replaceWith(found);
  };
  what.addEventListener("change", refresh);
  day.addEventListener("change", refresh);
  form.addEventListener("click", (event) => {
    const span = event.target.closest("[data-starts]");
    if (!span) return;
    const minutes = (text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
    const starts = form.querySelector("#starts");
    const ends = form.querySelector("#ends");
    const length = Math.max(minutes(ends.value) - minutes(starts.value), 0);
    const last = minutes(span.dataset.ends) || 24 * 60;
    const end = Math.min(minutes(span.dataset.starts) + (length || 60), last);
    starts.value = span.dataset.starts;
    ends.value = `${String(Math.floor(end / 60) % 24).padStart(2, "0")}:${String(end % 60).padStart(2, "0")}`;
    starts.focus();
  });
}
