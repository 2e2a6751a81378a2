// The live page comes over a WebSocket as lines of ready-made HTML, then as changes of these lines; it reconnects by itself and says when it cannot.
import { morphChildren } from "./morph.js";

const LONGEST_WAIT_MS = 5000;
const CLOSE_LOGGED_OUT = 4401;
const live = document.getElementById("live");
const lost = document.getElementById("lost");
const down = document.getElementById("down");
let waitMs = 300;
let arrivedMs = performance.now();
let boxNow = Number(live.dataset.now); // the box's seconds at that moment
let lines = []; // the inner part of the page, as it was sent

function show({ isLost = false, isDown = false }) {
  lost.hidden = !isLost;
  down.hidden = !isDown;
  document.body.classList.toggle("is-stale", isLost || isDown);
}

function picture(message) {
  if (message.lines) lines = message.lines;
  for (const [begin, end, fresh] of message.patch ?? []) lines.splice(begin, end - begin, ...fresh);
  const template = document.createElement("template");
  template.innerHTML = lines.join("\n");
  arrivedMs = performance.now();
  boxNow = message.now;
  morphChildren(live, template.content);
  count();
}

function connect() {
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`);
  socket.onmessage = (event) => {
    waitMs = 300;
    const message = JSON.parse(event.data);
    show({ isDown: Boolean(message.down) });
    if (!message.down) picture(message);
  };
  socket.onclose = (event) => {
    if (event.code === CLOSE_LOGGED_OUT) {
      location.assign("/login");
      return;
    }
    show({ isLost: true });
    setTimeout(connect, waitMs);
    waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
  };
}

const two = (number) => String(number).padStart(2, "0");

function clock(seconds) {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

// The picture comes when something changes; in between the durations run on here.
function count() {
  const now = boxNow + (performance.now() - arrivedMs) / 1000;
  for (const time of live.querySelectorAll("time[data-at]")) {
    const text = clock(Math.max(Math.floor(now - Number(time.dataset.at)), 0));
    if (time.textContent !== text) time.textContent = text;
  }
}

// A button must not reload the page; the answer to a refusal is the same page with the reason on it.
async function act(event) {
  const form = event.target.closest("form[data-act]");
  if (!form) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form, event.submitter));
  const answer = await fetch(form.action, { method: "POST", body }).catch(() => null);
  if (answer && !answer.ok) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const reason = page.querySelector("[role=alert]:not([hidden])");
    document.querySelectorAll(".refused").forEach((old) => old.remove());
    if (reason) {
      reason.classList.add("refused");
      live.before(reason);
      setTimeout(() => reason.remove(), 8000);
    }
  }
}

document.addEventListener("submit", act);
setInterval(count, 1000);
connect();
