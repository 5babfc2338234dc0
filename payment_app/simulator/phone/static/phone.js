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
  startCountdowns(fragment);
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
  }
  greetPrompt();
}

function greetPrompt() {
  const pin = document.getElementById("pin");
  document.title = pin ? `● ${title}` : title;
  if (pin && document.activeElement === document.body) pin.focus({ preventScroll: true });
}

function startCountdowns(within) {
  for (const place of within.querySelectorAll("[data-seconds-left]")) {
    place.endsAt = performance.now() + Number(place.dataset.secondsLeft) * 1000;
  }
  tick();
}

function tick() {
  for (const place of document.querySelectorAll("[data-seconds-left]")) {
    const left = Math.max(0, Math.ceil((place.endsAt - performance.now()) / 1000));
    const words = `${left} s`;
    if (place.firstElementChild.textContent !== words) place.firstElementChild.textContent = words;
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

startCountdowns(document);
greetPrompt();
setInterval(tick, 250);
