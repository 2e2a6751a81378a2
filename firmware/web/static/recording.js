// While a prompt is being recorded from a phone, ask how far it is and put the answer in its place.
const EVERY_MS = 1000;
const place = document.getElementById("recording");

async function look() {
  const waiting = place.querySelector("[data-poll]");
  if (!waiting) return;
  const answer = await fetch(waiting.dataset.poll).catch(() => null);
  if (answer && answer.ok) place.innerHTML = await answer.text();
  setTimeout(look, EVERY_MS);
}

if (place) setTimeout(look, EVERY_MS);
