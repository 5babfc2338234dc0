// What the staff pages do in the browser itself: sign in and out, go to an address made from a
// form, move through a table by keyboard. Words come in as properties.
import {
  createElement as h,
  useEffect,
  useRef,
  useState,
} from "react";
import { useNavigate } from "react-router";

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

/** A form whose fields become the address of a page; empty fields are left out. */
export const AddressForm = ({ action, children, ...rest }) => {
  const navigate = useNavigate();
  const submit = (event) => {
    event.preventDefault();
    const fields = {};
    for (const [name, value] of new FormData(event.target)) {
      const said = String(value).trim();
      // Several of one name, such as ticked columns, become one list.
      if (said) fields[name] = name in fields ? `${fields[name]},${said}` : said;
    }
    const query = new URLSearchParams(fields).toString();
    navigate(query ? `${action}?${query}` : action);
    event.target.querySelector("dialog[open]")?.close();
    document.activeElement?.blur?.();
  };
  return h("form", { ...rest, action, onSubmit: submit }, children);
};

/** A field that follows its address but keeps what is being typed. */
export const AddressField = ({ value, ...rest }) => {
  const input = useRef(null);
  useEffect(() => {
    if (input.current && document.activeElement !== input.current) input.current.value = value;
  }, [value]);
  return h("input", { ...rest, ref: input, defaultValue: value });
};

/** The same for a choice. */
export const AddressSelect = ({ value, children, ...rest }) => {
  const select = useRef(null);
  useEffect(() => {
    if (select.current) select.current.value = value;
  }, [value]);
  return h("select", { ...rest, ref: select, defaultValue: value }, children);
};

/** The same for a tick. */
export const AddressCheck = ({ checked, ...rest }) => {
  const box = useRef(null);
  useEffect(() => {
    if (box.current) box.current.checked = checked;
  }, [checked]);
  return h("input", { ...rest, ref: box, type: "checkbox", defaultChecked: checked });
};

/** A file whose text is put into the field `target`; what is larger than that takes is cut there. */
export const FileText = ({ target, ...rest }) => {
  const read = async (event) => {
    const field = document.getElementById(target);
    const [file] = event.target.files;
    if (file && field) field.value = await file.text();
  };
  return h("input", { ...rest, type: "file", onChange: read });
};

const filled = (words, number) => words.replace("{number}", number);

const post = async (to, text) => {
  const answer = await fetch(to, {
    method: "POST",
    headers: { "Content-Type": "text/csv; charset=utf-8" },
    body: text,
  });
  return [answer.ok, await answer.json()];
};

/** A form whose field `csv` goes to the server over HTTP: looked at first, and made on a second
 * word. What is made is the text that was looked at, whatever stands in the field by then. */
export const FileForm = ({ to, words, columns, looks, onMade, children, ...rest }) => {
  const [found, setFound] = useState(null);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const form = useRef(null);
  const ask = async (address, text, failed) => {
    if (busy) return null;
    setBusy(true);
    setProblem("");
    let said = null;
    try {
      const [ok, told] = await post(address, text);
      if (ok) said = told;
      else setProblem(told.error ?? failed);
    } catch {
      setProblem(failed);
    }
    setBusy(false);
    return said;
  };
  const look = async (event) => {
    event.preventDefault();
    event.stopPropagation(); // the dialog around closes at each form that is sent
    const text = String(new FormData(event.target).get("csv"));
    const said = await ask(to, text, words.no_look);
    setFound(said && { ...said, text });
  };
  const make = async () => {
    if (!(await ask(`${to}?commit=true`, found.text, words.no_commit))) return;
    setFound(null);
    form.current.reset();
    form.current.closest("dialog")?.close();
    onMade?.();
  };
  return h(
    "div",
    null,
    h("form", { ...rest, ref: form, onSubmit: look }, children),
    h("p", { role: "alert", className: "mt-3 text-sm font-medium text-(--bad)" }, problem),
    found && h(FileLook, { found, words, columns, looks, busy, make }),
  );
};

/** What a file would do, line by line, and the button that does it. */
const FileLook = ({ found, words, columns, looks, busy, make }) => {
  const { number, problems, lines } = found;
  const look = (name) => (name === "amount" ? looks.number : "");
  const cell = (line, name) =>
    h(
      "td",
      { key: name, className: `${looks.cell} ${look(name)}`, "data-label": columns[name] },
      name === "problem" ? h("span", { className: "text-(--bad)" }, line[name]) : line[name],
    );
  return h(
    "div",
    { className: "file-look mt-3 text-sm" },
    h("p", { role: "status", className: "font-medium" },
      filled(problems ? words.problems : words.fine, problems || number)),
    lines.length < number
      ? h("p", { className: "text-(--muted)" }, filled(words.more, lines.length)) : null,
    problems
      ? null
      : h("button", { type: "button", className: looks.button, disabled: busy, onClick: make },
          filled(words.commit, number)),
    h(
      "table",
      { className: "cards mt-3 w-full border-collapse" },
      h("caption", { className: "sr-only" }, words.caption),
      h("thead", null, h("tr", null, Object.entries(columns).map(([name, word]) =>
        h("th", { key: name, scope: "col", className: `${looks.head} ${look(name)}` }, word)))),
      h("tbody", null, lines.map((line) =>
        h("tr", { key: line.line, className: "border-t border-(--line)" },
          Object.keys(columns).map((name) => cell(line, name))))),
    ),
  );
};

/** One sentence after an action; new each time `number` changes. */
export const NoticeLine = ({ text, number, dismiss, buttonClass, ...rest }) => {
  const [hidden, setHidden] = useState(true);
  useEffect(() => {
    setHidden(!text);
    if (!text) return undefined;
    const timer = setTimeout(() => setHidden(true), 10000);
    return () => clearTimeout(timer);
  }, [text, number]);
  return h(
    "div",
    { role: "status", "aria-live": "polite", className: "contents" },
    hidden
      ? null
      : h(
          "div",
          rest,
          h("span", null, text),
          h("button", { type: "button", className: buttonClass, onClick: () => setHidden(true) }, dismiss),
        ),
  );
};

/** `<dialog>` that opens from a button beside it; Esc and a click outside close it. */
export const DialogButton = ({ label, buttonClass, dialogClass, title, closeLabel, name, children, ...rest }) => {
  const dialog = useRef(null);
  const outside = (event) => {
    if (event.target === dialog.current) dialog.current.close();
  };
  return h(
    "span",
    { className: "contents" },
    h(
      "button",
      {
        ...rest, type: "button", className: buttonClass, "data-dialog": name,
        "aria-haspopup": "dialog", onClick: () => dialog.current.showModal(),
      },
      label,
    ),
    h(
      "dialog",
      {
        ref: dialog, className: dialogClass, "aria-label": title, onClick: outside,
        onSubmit: () => dialog.current.close(),
      },
      h(
        "div",
        { className: "dialog-body" },
        h(
          "div",
          { className: "dialog-head" },
          h("h2", null, title),
          h(
            "button",
            { type: "button", "aria-label": closeLabel, onClick: () => dialog.current.close() },
            "✕",
          ),
        ),
        children,
      ),
    ),
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
      n: () => {
        const box = document.querySelector("[data-key=note]");
        box?.focus();
        return Boolean(box);
      },
      "?": () => click("[data-dialog=keys]"),
    };
    const pressed = (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "k") {
        if (single["/"]()) event.preventDefault();
        return;
      }
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
