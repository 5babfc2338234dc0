// What the staff pages do in the browser itself: sign in and out, the menu, the keyboard. Words come
// in as properties; forms are in staff_forms.js, lists in staff_list.js, finding in staff_search.js.
import {
  createElement as h,
  useEffect,
  useRef,
  useState,
} from "react";
import { useLocation, useNavigate } from "react-router";

const SESSION = "/api/staff/session";
const SESSIONS = "/api/staff/sessions";
const JSON_HEADERS = { "Content-Type": "application/json" };

/** Only an address of the console: `next` comes from the address bar. */
const ownAddress = (next) =>
  next && /^\/staff(\/|\?|$)/.test(next) && !next.startsWith("/staff/login") ? next : "/staff";

const Field = ({ id, label, className, labelClass, inputRef, ...rest }) =>
  h(
    "div",
    null,
    h("label", { htmlFor: id, className: labelClass }, label),
    h("input", { id, name: id, className, ref: inputRef, required: true, ...rest }),
  );

/** Email and password; the code of the authenticator app once the password was right. */
export const SignInForm = ({ words, inputClass, labelClass, buttonClass, errorClass, ...rest }) => {
  const [step, setStep] = useState("password");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const [ready, setReady] = useState(false);
  const code = useRef(null);
  useEffect(() => setReady(true), []);
  useEffect(() => {
    if (step === "code") code.current?.focus();
  }, [step]);
  const submit = async (event) => {
    event.preventDefault();
    if (busy) return;
    const form = new FormData(event.target);
    setBusy(true);
    setProblem("");
    try {
      const answer = await fetch(SESSION, {
        method: "POST",
        headers: JSON_HEADERS,
        body: JSON.stringify({
          email: form.get("email"),
          password: form.get("password"),
          code: form.get("code") || undefined,
        }),
      });
      const said = await answer.json();
      if (answer.ok) {
        // A full load: the socket must bring the new cookie.
        const next = new URLSearchParams(window.location.search).get("next");
        window.location.assign(ownAddress(next ?? said.next));
        return;
      }
      if (said.code === "code_needed") setStep("code");
      else setProblem(said.error ?? words.failed);
    } catch {
      setProblem(words.failed);
    }
    setBusy(false);
  };
  return h(
    "form",
    { ...rest, method: "post", onSubmit: submit },
    h(Field, {
      id: "email", label: words.email, type: "email", autoComplete: "username",
      className: inputClass, labelClass, readOnly: step === "code",
    }),
    h(Field, {
      id: "password", label: words.password, type: "password",
      autoComplete: "current-password", className: inputClass, labelClass,
      readOnly: step === "code",
    }),
    step === "code" &&
      h(Field, {
        id: "code", label: words.code, type: "text", autoComplete: "one-time-code",
        inputMode: "text", maxLength: 20, className: inputClass, labelClass, inputRef: code,
      }),
    step === "code" && h("p", { className: labelClass }, words.code_hint),
    h("p", { role: "alert", className: problem ? errorClass : "sr-only" }, problem),
    h(
      "button",
      { type: "submit", className: buttonClass, disabled: busy || !ready, "aria-busy": busy },
      words.sign_in,
    ),
  );
};

/** Ends the session, then shows the sign-in page; a full load, so that nothing stays in memory. */
export const SignOutButton = ({ everywhere, children, ...rest }) => {
  const leave = async () => {
    try {
      await fetch(everywhere ? SESSIONS : SESSION, { method: "DELETE" });
    } finally {
      window.location.assign("/staff/login");
    }
  };
  return h("button", { ...rest, type: "button", onClick: leave }, children);
};

/** Leaves the page when the server says so; a full load, so that the socket brings its cookie. */
export const Leave = ({ to }) => {
  useEffect(() => {
    if (to) window.location.replace(to);
  }, [to]);
  return null;
};

/** Opens and closes the menu of a narrow screen; another page closes it. */
export const MenuButton = ({ children, ...rest }) => {
  const { pathname } = useLocation();
  const [open, setOpen] = useState(false);
  useEffect(() => setOpen(false), [pathname]);
  useEffect(() => {
    document.documentElement.toggleAttribute("data-menu", open);
    return () => document.documentElement.removeAttribute("data-menu");
  }, [open]);
  return h(
    "button",
    { ...rest, type: "button", "aria-expanded": open, onClick: () => setOpen(!open) },
    children,
  );
};

const typing = (target) =>
  target.closest("input, textarea, select, [contenteditable], dialog[open]") !== null;

const click = (selector) => {
  const found = document.querySelector(selector);
  found?.click();
  return Boolean(found);
};

const rowsOf = () => [...document.querySelectorAll("[data-row]")];

const move = (by) => {
  const rows = rowsOf();
  if (!rows.length) return false;
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
  next.querySelector("a[href]")?.focus();
  next.scrollIntoView({ block: "nearest" });
  return true;
};

/** The keys of the console; none of them works while somebody types. `g` and then a key of `places`
 * goes to its address. */
export const Shortcuts = ({ places }) => {
  const navigate = useNavigate();
  const known = useRef(places); // a new object at each render: no reason to listen anew
  known.current = places;
  useEffect(() => {
    let go = 0;
    const single = {
      "/": () => {
        const box = document.querySelector("[data-search]");
        box?.focus();
        box?.select?.();
        return Boolean(box);
      },
      j: () => move(1),
      k: () => move(-1),
      x: () => {
        const row = document.activeElement?.closest?.("[data-row]");
        row?.querySelector("input[type=checkbox]")?.click();
        return Boolean(row);
      },
      f: () => click("[data-dialog=filters]"),
      e: () => click("[data-dialog=export]"),
      c: () => click("[data-key=check]"),
      n: () => click("[data-dialog=note]"),
      "?": () => click("[data-dialog=keys]"),
    };
    const pressed = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (event.key === "Escape" && event.target.matches?.("[data-search]")) event.target.blur();
      if (typing(event.target)) return;
      const now = performance.now();
      const place = now - go < 1500 && known.current[event.key];
      if (place) {
        go = 0;
        event.preventDefault();
        navigate(place);
        return;
      }
      go = event.key === "g" ? now : 0;
      if (single[event.key]?.()) event.preventDefault();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, [navigate]);
  return null;
};
