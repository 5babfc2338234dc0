// What the pages do in the browser itself, without asking the server: count down, move the focus,
// copy, remember the phone number, keep the line alive. Used through payment_app/web/components.
import {
  createContext,
  createElement as h,
  useContext,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import { flushSync } from "react-dom";
import { EventLoopContext, eventLoop } from "$/utils/context-registry";

const REMEMBERED = "mpesa-phone";
const LONGEST_BUSY_MS = 8000;
const SETTLE_MS = 60;
const AFTER_PRESS_MS = 100;
const PATIENCE_MS = 2000;

const CardContext = createContext({
  left: 0,
  busy: false,
  waits: false,
  one: false,
  other: false,
  phone: { current: null },
  setTyped() {},
  pickAnother() {},
});

const memory = { typed: "" };

// Whether the page is cut off: known to the line at its top, heeded by every button that sends.
const line = { cut: false, watchers: new Set() };

const useCutOff = () => {
  const [cut, setCut] = useState(line.cut);
  useEffect(() => {
    line.watchers.add(setCut);
    setCut(line.cut);
    return () => line.watchers.delete(setCut);
  }, []);
  return cut;
};

const storage = (use) => {
  // Storage may be blocked; nothing here depends on it.
  try {
    return use(window.localStorage) ?? "";
  } catch {
    return "";
  }
};

const localSpelling = (typed) => {
  const digits = typed.replace(/[\s().\-/]/g, "");
  const match = digits.match(/^(?:\+?254|00254)?0?([17]\d{8})$/);
  if (!match) return typed;
  const [, n] = match;
  return `0${n.slice(0, 3)} ${n.slice(3, 6)} ${n.slice(6)}`;
};

/** The number as the server masks it, "" while it is not a whole number. */
const masked = (typed) => {
  const local = localSpelling(typed);
  return /^0[17]\d\d \d{3} \d{3}$/.test(local)
    ? `${local.slice(0, 4)} •••${local.slice(-3)}`
    : "";
};

/** Whole seconds until `seconds` after the last read (`looked`) are over; ticks by itself. */
const useSecondsLeft = (seconds, looked) => {
  const [left, setLeft] = useState(seconds);
  useEffect(() => {
    const end = performance.now() + seconds * 1000;
    const tick = () =>
      setLeft(Math.max(0, Math.ceil((end - performance.now()) / 1000)));
    tick();
    if (seconds <= 0) return undefined;
    const timer = setInterval(tick, 250);
    return () => clearInterval(timer);
  }, [seconds, looked]);
  return left;
};

const clock = (seconds) =>
  `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

// The page that the server sent, `null` once the live page has taken over. `wanted` is its form,
// sent before the live page was there; `leaving`: the browser is sending it.
const plain = {
  page: typeof document === "undefined" ? null : document.getElementById("plain"),
  ready: false,
  screen: "",
  pressed: false,
  wanted: null,
  leaving: false,
  timer: 0,
  watchers: new Set(),
};

const FOCUSABLE = "a[href], button, summary, input:not([type=hidden])";

const editing = () => {
  const field = document.activeElement;
  return plain.page.contains(field) && field.matches("input");
};

/** Fields that the payer, or this device's memory, has filled in. */
const filled = (page) =>
  [...page.querySelectorAll("input:not([type=hidden])")]
    .filter(({ value, defaultValue }) => value !== defaultValue || "held" in page.dataset)
    .map(({ name, value }) => [name, value]);

/** Shows the live page in the place of the plain one: same fields, same focus, same answers open. */
const takeOver = () => {
  const { page } = plain;
  const typed = filled(page);
  const focused = [...page.querySelectorAll(FOCUSABLE)].indexOf(document.activeElement);
  const open = [...page.querySelectorAll("details")].map((answer) => answer.open);
  plain.page = null;
  page.remove();
  flushSync(() => plain.watchers.forEach((tell) => tell()));
  const live = document.querySelector("main");
  if (!live) return;
  for (const [name, value] of typed) {
    const field = live.querySelector(`input[name=${name}]`);
    if (!field) continue;
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  live.querySelectorAll("details").forEach((answer, n) => {
    answer.open = open[n] ?? false;
  });
  if (focused >= 0) live.querySelectorAll(FOCUSABLE)[focused]?.focus({ preventScroll: true });
};

/** Sends the live form, for a payer who pressed the plain one's button. */
const sendLive = () =>
  document
    .querySelector("main form")
    ?.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));

/** Takes over unless the payer is in the middle of something, or reads why the form was refused. */
const settle = () => {
  if (!plain.page?.isConnected || !plain.ready || plain.leaving) return;
  const same = plain.page.dataset.screen === plain.screen;
  if (plain.wanted) {
    takeOver();
    if (same) sendLive();
    return;
  }
  const { dataset } = plain.page;
  const refused = "held" in dataset && same && !("edited" in dataset);
  if (!plain.pressed && !editing() && !refused) takeOver();
};

/** A plain form was sent: by the live page if that is there or about to be, else by the browser. */
const onPlainSubmit = (event) => {
  if (plain.leaving) return;
  event.preventDefault();
  if (plain.wanted) return;
  const form = event.target;
  plain.wanted = form;
  if (plain.ready) {
    settle();
    return;
  }
  const button = form.querySelector("button[type=submit]");
  button.setAttribute("aria-busy", "true");
  button.textContent = form.dataset.busy;
  setTimeout(() => {
    if (!plain.page) return;
    plain.leaving = true;
    form.submit();
  }, PATIENCE_MS);
};

if (plain.page) {
  plain.page.addEventListener("submit", onPlainSubmit);
  plain.page.addEventListener("input", () => {
    plain.page.dataset.edited = "";
  });
  plain.page.addEventListener("focusout", () => setTimeout(settle));
  plain.page.addEventListener("pointerdown", () => {
    plain.pressed = true;
  });
  const released = () =>
    setTimeout(() => {
      plain.pressed = false;
      settle();
    }, AFTER_PRESS_MS);
  for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, released);
}

const watchPlain = (tell) => {
  plain.watchers.add(tell);
  return () => plain.watchers.delete(tell);
};

/** Nothing while the page that the server sent stands; then the live page. */
export const TakeOver = ({ loaded, screen, looked, children }) => {
  const early = useSyncExternalStore(
    watchPlain,
    () => Boolean(plain.page?.isConnected),
    () => false,
  );
  useEffect(() => {
    if (!loaded || !plain.page) return;
    plain.ready = true;
    plain.screen = screen;
    clearTimeout(plain.timer);
    plain.timer = setTimeout(settle, SETTLE_MS);
  }, [loaded, screen, looked]);
  return early ? null : children;
};

/** The action card: carries the status and the countdown, and locks its button on submit. */
export const ActionCard = ({
  status,
  screen,
  resendIn,
  waitPhone,
  looked,
  children,
  ...rest
}) => {
  const left = useSecondsLeft(resendIn, looked);
  const [busy, setBusy] = useState(false);
  const [typed, setTyped] = useState("");
  const [picking, setPicking] = useState(false);
  const phone = useRef(null);
  // The rail's pause is for the phone that had the prompt; another one need not wait.
  const whole = masked(typed);
  const other = Boolean(waitPhone && (whole ? whole !== waitPhone : picking));
  const pickAnother = () => {
    setPicking(true);
    setTyped("");
    memory.typed = "";
    phone.current.value = "";
    phone.current.focus();
  };
  useEffect(() => {
    setBusy(false);
    if (screen === "prompt_sent" && memory.typed) {
      storage((local) => local.setItem(REMEMBERED, memory.typed));
    }
  }, [looked, screen]);
  useEffect(() => setPicking(false), [screen]);
  useEffect(() => {
    if (!busy) return undefined;
    const timer = setTimeout(() => setBusy(false), LONGEST_BUSY_MS);
    return () => clearTimeout(timer);
  }, [busy]);
  return h(
    "section",
    {
      ...rest,
      "data-payment-status": status,
      "data-screen": screen,
      "data-resend-in": left,
      onSubmit: () => {
        memory.typed = localSpelling(memory.typed);
        setBusy(true);
      },
    },
    h(
      CardContext.Provider,
      {
        value: {
          left: other ? 0 : left,
          busy,
          waits: left > 0,
          one: Boolean(waitPhone),
          other,
          phone,
          setTyped,
          pickAnother,
        },
      },
      children,
    ),
  );
};

/** The card's one button: its name, its name with a countdown, or "Sending…". */
export const SubmitButton = ({ label, waitLabel, busyLabel, ...rest }) => {
  const { left, busy } = useContext(CardContext);
  const cut = useCutOff();
  const text = busy
    ? busyLabel
    : left > 0
      ? waitLabel.replace("{time}", clock(left))
      : label;
  return h(
    "button",
    { ...rest, type: "submit", disabled: busy || cut || left > 0, "aria-busy": busy },
    text,
  );
};

/** Why the button waits and, where the pause is for one phone, the way around it. */
export const WaitNote = ({ reason, label, free, buttonClass, ...rest }) => {
  const { waits, one, other, pickAnother } = useContext(CardContext);
  if (!waits || !reason) return null;
  return h(
    "div",
    rest,
    h("p", { "aria-live": "polite" }, other ? free : reason),
    one && !other
      ? h("button", { type: "button", className: buttonClass, onClick: pickAnother }, label)
      : null,
  );
};

/** A phone field that starts with the last number of this device and spells it back. */
export const PhoneInput = ({ invalid, remember, ...rest }) => {
  const input = useRef(null);
  const { phone, setTyped } = useContext(CardContext);
  useEffect(() => {
    phone.current = input.current;
  });
  useEffect(() => {
    if (!remember || !input.current || input.current.value) return;
    input.current.value =
      memory.typed || storage((local) => local.getItem(REMEMBERED));
    setTyped(input.current.value);
  }, [remember]);
  useEffect(() => {
    if (invalid) input.current?.focus();
  }, [invalid]);
  const keep = () => {
    setTyped(input.current.value);
    if (remember) memory.typed = input.current.value;
  };
  return h("input", {
    ...rest,
    ref: input,
    type: "tel",
    inputMode: "tel",
    autoComplete: "tel",
    "aria-invalid": invalid ? true : undefined,
    onInput: keep,
    onBlur: () => {
      input.current.value = localSpelling(input.current.value);
      keep();
    },
  });
};

/** A headline that takes the focus when the state changes under the reader. */
export const Headline = ({ moment, cheer, children, ...rest }) => {
  const element = useRef(null);
  const last = useRef(null);
  useEffect(() => {
    const first = last.current === null || last.current === "loading";
    const changed = last.current !== moment;
    last.current = moment;
    if (first || !changed) return;
    element.current?.focus({ preventScroll: true });
    element.current?.scrollIntoView({ block: "nearest" });
    if (cheer) navigator.vibrate?.(60);
  }, [moment, cheer]);
  return h("h2", { ...rest, ref: element, tabIndex: -1 }, children);
};

/** A button that copies a value and says so. */
export const CopyButton = ({ value, doneLabel, children, ...rest }) => {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return undefined;
    const timer = setTimeout(() => setDone(false), 2000);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      setDone(true);
    } catch {
      // No permission or no secure page: the value stays selectable.
    }
  };
  return h(
    "button",
    { ...rest, type: "button", onClick: copy, "data-copied": done },
    children,
    h(
      "span",
      { "aria-live": "polite", className: "copied" },
      done ? doneLabel : "",
    ),
  );
};

/** A link to another language that changes the page in place. */
export const LanguageLink = ({ code, onPick, ...rest }) =>
  h("a", {
    ...rest,
    href: `?lang=${code}`,
    hrefLang: code,
    lang: code,
    onClick: (event) => {
      event.preventDefault();
      window.history.replaceState(
        window.history.state,
        "",
        `?lang=${code}`,
      );
      onPick(code);
    },
  });

/** Keeps `<html lang>` right for screen readers and hyphenation. */
const useDocumentLanguage = (lang) => {
  useEffect(() => {
    document.documentElement.lang = lang;
  }, [lang]);
};

/**
 * Shows a line of text while the page is cut off, and brings the socket back at once when the
 * page is looked at again. Reflex reconnects by itself on `visibilitychange` if it knows that the
 * socket is gone. Missing there, and added here: `pageshow`, `online`, and a socket that is dead
 * but does not know it yet. A dead one is found by asking for a look and getting none.
 */
export const LiveLine = ({ text, lang, looked, patience, onReturn, ...rest }) => {
  const [, errors] = useContext(EventLoopContext) ?? [null, []];
  const [away, setAway] = useState(false);
  const cut = away || (errors?.length ?? 0) > 0;
  const cutOff = useRef(false);
  cutOff.current = cut;
  const proof = useRef(null);
  const ask = useRef(onReturn);
  ask.current = onReturn;
  useDocumentLanguage(lang);
  useEffect(() => {
    line.cut = cut;
    line.watchers.forEach((tell) => tell(cut));
  }, [cut]);
  useEffect(() => {
    clearTimeout(proof.current);
    proof.current = null;
  }, [looked]);
  useEffect(() => {
    const back = (event) => {
      if (event.type === "pageshow" && !event.persisted) return;
      if (document.visibilityState !== "visible") return;
      setAway(!navigator.onLine);
      eventLoop.addEvents([]); // reconnects if the socket knows that it is gone
      if (proof.current !== null || cutOff.current) return;
      proof.current = setTimeout(() => {
        proof.current = null;
        // The engine closes on this event, and Reflex then opens a new line.
        window.dispatchEvent(new Event("offline"));
        setAway(!navigator.onLine);
      }, patience);
      ask.current();
    };
    const gone = () => setAway(!navigator.onLine);
    document.addEventListener("visibilitychange", back);
    window.addEventListener("pageshow", back);
    window.addEventListener("online", back);
    window.addEventListener("offline", gone);
    return () => {
      clearTimeout(proof.current);
      document.removeEventListener("visibilitychange", back);
      window.removeEventListener("pageshow", back);
      window.removeEventListener("online", back);
      window.removeEventListener("offline", gone);
    };
  }, []);
  return h("div", { ...rest, "aria-live": "polite" }, cut ? h("p", null, text) : null);
};

/** A button that prints the page. */
export const PrintButton = (props) =>
  h("button", { ...props, type: "button", onClick: () => window.print() });

/** A button that opens the phone's share sheet; nothing where there is none. */
export const ShareButton = ({ text, url, ...rest }) => {
  const [able, setAble] = useState(false);
  useLayoutEffect(() => setAble(Boolean(navigator.share)), []);
  // Rejected when the payer changes their mind: nothing to say about that.
  const share = () => navigator.share({ text, url }).catch(() => {});
  return able ? h("button", { ...rest, type: "button", onClick: share }) : null;
};

/** The tab's picture says the state: the payer comes back from another app and sees it first. */
export const TabIcon = ({ tone, icons }) => {
  useEffect(() => {
    if (!icons[tone]) return;
    const link =
      document.querySelector("link[rel=icon]") ??
      document.head.appendChild(Object.assign(document.createElement("link"), { rel: "icon" }));
    link.href = icons[tone];
  }, [tone]);
  return null;
};
