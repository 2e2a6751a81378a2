// Shown while the box does not answer: look again until it does.
const EVERY_MS = 1500;

async function look() {
  const answer = await fetch(location.href, { method: "GET" }).catch(() => null);
  if (answer && answer.status !== 503) location.reload();
  else setTimeout(look, EVERY_MS);
}

setTimeout(look, EVERY_MS);
