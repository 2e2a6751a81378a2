// The doctor's page: asks how far it is and puts the answer in its place; what is typed and opened stays.
import { morphChildren } from "./morph.js";

const RUNNING_MS = 700;
const IDLE_MS = 3000;
const place = document.getElementById("doctor");
const lost = document.getElementById("lost");

const isRunning = () => Boolean(place.querySelector("#report[data-state=running]"));

// The button that had the focus may be gone: who works without a mouse goes on at what was found.
function keepFocus(before) {
  if (before && !before.isConnected) document.getElementById("report-title")?.focus();
}

function put(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const focused = place.contains(document.activeElement) ? document.activeElement : null;
  for (const details of place.querySelectorAll("details[open]")) {
    const key = details.dataset.key;
    const same = key && template.content.querySelector(`[data-key="${key}"]`);
    if (same) same.open = true;
  }
  morphChildren(place, template.content);
  keepFocus(focused);
}

async function look() {
  const answer = await fetch(place.dataset.poll).catch(() => null);
  if (answer && answer.redirected) {
    location.assign(answer.url);
    return;
  }
  lost.hidden = Boolean(answer && answer.ok);
  if (answer && answer.ok) put(await answer.text());
  setTimeout(look, isRunning() ? RUNNING_MS : IDLE_MS);
}

setTimeout(look, isRunning() ? RUNNING_MS : IDLE_MS);
