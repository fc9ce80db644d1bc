// Saving a plan without leaving it: the form is sent as it would be, and its answer is read.

export function saves(form, words, say, done) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    say(words.saving);
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const revision = page.querySelector("#plan-form [name=revision]");
      if (!revision) throw new Error("no plan came back");
      form.elements.revision.value = revision.value; // after a conflict too: saving again is meant
      done(answer.ok);
      if (answer.ok) say(words.saved, "good");
      else {
        const complaints = [...page.querySelectorAll("main .notice-bad, #plan-form .bad")].map((each) => each.textContent.trim());
        say(complaints.join(" "), "bad");
        document.getElementById("numbers").open = answer.status === 422;
      }
    } catch {
      say(words.lost, "bad");
    }
    button.disabled = false;
  });
}
