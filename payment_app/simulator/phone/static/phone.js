// Keeps the page living: takes fragments from the feed, sends forms without leaving the page,
// counts down. Everything also works without it, by plain forms and reloading.
"use strict";

const { feed, root } = document.body.dataset;
const problem = document.getElementById("problem");
const link = document.getElementById("link");
const title = document.title;
const waiting = new Map();

function isBeingEdited(fragment) {
  const field = document.activeElement;
  return fragment.contains(field) && field.matches("input") && field.value !== field.defaultValue;
}

function put(fragment, key, html) {
  const hadFocus = fragment.contains(document.activeElement);
  const focusedId = hadFocus ? document.activeElement.id : "";
  fragment.innerHTML = html;
  fragment.dataset.key = key;
  startClocks(fragment);
  if (hadFocus) (document.getElementById(focusedId) || fragment).focus({ preventScroll: true });
}

function take(news) {
  for (const [id, [key, html]] of Object.entries(news)) {
    const fragment = document.getElementById(id);
    waiting.delete(id);
    if (!fragment || fragment.dataset.key === key) continue;
    // A field that somebody is filling in is not pulled away, except the prompt's own when it ends.
    if (id !== "screen" && isBeingEdited(fragment)) waiting.set(id, [key, html]);
    else put(fragment, key, html);
    if (id === "elsewhere") land();
  }
  greetPrompt();
}

// A prompt that comes while this phone has nothing to do is shown, unless somebody is typing.
function land() {
  const link = document.querySelector("[data-land]");
  if (link && !document.activeElement.matches("input, select")) location.assign(link.href);
}

function greetPrompt() {
  const pin = document.getElementById("pin");
  document.title = pin ? `● ${title}` : title;
  if (pin && document.activeElement === document.body) pin.focus({ preventScroll: true });
}

function startClocks(within) {
  for (const clock of within.querySelectorAll("[data-clock]")) {
    clock.startedAt = performance.now() - Number(clock.dataset.clock) * 1000;
  }
  for (const keypad of within.querySelectorAll(".keypad")) keypad.hidden = false;
  if (matchMedia("(pointer: coarse)").matches) {
    // The phone on the page has a keypad of its own.
    for (const pin of within.querySelectorAll("#pin")) pin.inputMode = "none";
  }
  for (const place of within.querySelectorAll("[data-seconds-left]")) {
    place.endsAt = performance.now() + Number(place.dataset.secondsLeft) * 1000;
  }
  tick();
}

function setWords(place, words) {
  if (place.textContent !== words) place.textContent = words;
}

function tick() {
  for (const clock of document.querySelectorAll("[data-clock]")) {
    const minutes = Math.floor((performance.now() - clock.startedAt) / 60000);
    const [hour, minute] = [Math.floor(minutes / 60) % 24, minutes % 60];
    setWords(clock, [hour, minute].map((part) => String(part).padStart(2, "0")).join(":"));
  }
  for (const place of document.querySelectorAll("[data-seconds-left]")) {
    const left = Math.max(0, Math.ceil((place.endsAt - performance.now()) / 1000));
    setWords(place.firstElementChild, `${left} s`);
  }
}

function complain(sentence) {
  problem.textContent = sentence;
  problem.hidden = !sentence;
  if (sentence) problem.scrollIntoView({ block: "nearest" });
}

async function post(form) {
  const answer = await fetch(form.action, {
    method: "POST",
    headers: { Accept: "application/json" },
    body: new URLSearchParams(new FormData(form)),
  });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error);
  return body;
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  event.preventDefault();
  // Not by disabling the button, which would lose the keyboard's place.
  if (form.busy) return;
  form.busy = true;
  try {
    const { msisdn } = await post(form);
    complain("");
    if ("follow" in form.dataset) location.assign(`${root}/?phone=${msisdn}`);
  } catch (error) {
    complain(error.message || "That did not work.");
  } finally {
    form.busy = false;
  }
});

// Whoever types a PIN wants to finish: the prompt stops paying by itself.
document.addEventListener("input", (event) => {
  if (!("touches" in event.target.dataset) || event.target.wasTouched) return;
  event.target.wasTouched = true;
  const body = new URLSearchParams({ msisdn: event.target.form.elements.msisdn.value });
  fetch(`${root}/act/typing`, { method: "POST", headers: { Accept: "application/json" }, body });
});

document.addEventListener("click", (event) => {
  const key = event.target.closest("[data-digit]");
  if (!key) return;
  const pin = key.form.elements.pin;
  const { digit } = key.dataset;
  pin.value = (digit ? pin.value + digit : pin.value.slice(0, -1)).slice(0, pin.maxLength);
  pin.dispatchEvent(new Event("input", { bubbles: true }));
});

document.addEventListener("focusout", () => setTimeout(() => {
  for (const [id, [key, html]] of [...waiting]) {
    if (!isBeingEdited(document.getElementById(id))) {
      waiting.delete(id);
      put(document.getElementById(id), key, html);
    }
  }
}));

const source = new EventSource(feed);
source.onmessage = (event) => take(JSON.parse(event.data));
source.onopen = () => { link.hidden = true; };
source.onerror = () => { link.hidden = false; };

// Beside a narrow screen's phone the tools are folded away.
if (!matchMedia("(min-width: 760px)").matches) {
  for (const card of document.querySelectorAll("details.card")) card.open = false;
}
startClocks(document);
greetPrompt();
setInterval(tick, 250);
