// The weekly form: Monday's hours for all working days, in one go. The form works without.

const copy = document.querySelector("[data-copy-week]");
const days = [...document.querySelectorAll("[data-weekday]")];

if (copy && days.length === 7) {
  copy.hidden = false;
  copy.addEventListener("click", () => {
    for (const day of days.slice(1, 5)) {
      day.value = days[0].value;
    }
    days[5].focus();
  });
}
