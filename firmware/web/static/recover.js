// Shown while the box does not answer: look again until it does.
const EVERY_MS = 1500;

const { back } = document.getElementById("down").dataset; // not location: that may be where a form was sent

async function look() {
  const answer = await fetch(back).catch(() => null);
  if (answer && answer.status !== 503) location.replace(back);
  else setTimeout(look, EVERY_MS);
}

setTimeout(look, EVERY_MS);
