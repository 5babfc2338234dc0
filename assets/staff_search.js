// Finding things while typing: a field with suggestions below it, and the palette of Ctrl-K.
import { createElement as h, useEffect, useId, useRef, useState } from "react";
import { useNavigate } from "react-router";

const PAUSE = 160; // ms without a key, after which the server is asked
const LEAST = 2; // characters worth asking for

/** What a field offers for `text`: own commands that hold it, then what the server found. */
const offers = (text, commands, found, asked) => {
  const wanted = text.trim().toLowerCase();
  const own = commands.filter((one) => `${one.text} ${one.hint}`.toLowerCase().includes(wanted));
  // An older answer is shown until the next one comes, while it may still hold.
  const theirs = wanted.length >= LEAST && asked && wanted.startsWith(asked.toLowerCase()) ? found : [];
  return [...own, ...theirs];
};

const Option = ({ one, id, active, onPick }) =>
  h(
    "li",
    {
      id, role: "option", "aria-selected": active, className: "offer",
      // Keeps the focus in the field, so that the list is not gone before the click.
      onMouseDown: (event) => event.preventDefault(),
      onClick: onPick,
    },
    h("span", { className: "offer-text" }, one.text),
    h("span", { className: "offer-hint" }, one.hint),
  );

/** A search field. `open` keeps the list in view; `commands` are offered beside what is found. */
export const SearchField = ({
  value, found, asked, commands = [], open = false, label, onAsk, onGone, ...rest
}) => {
  const navigate = useNavigate();
  const input = useRef(null);
  const timer = useRef(0);
  const list = useId();
  const [text, setText] = useState("");
  const [shown, setShown] = useState(false);
  const [active, setActive] = useState(-1);
  useEffect(() => {
    if (input.current && document.activeElement !== input.current) input.current.value = value;
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const visible = open || (shown && text.trim().length >= LEAST);
  const all = visible ? offers(text, commands, found, asked) : [];
  const at = Math.min(active, all.length - 1);
  const typed = (event) => {
    const now = event.target.value;
    setText(now);
    setShown(true);
    setActive(-1);
    clearTimeout(timer.current);
    if (now.trim().length >= LEAST) timer.current = setTimeout(() => onAsk(now.trim()), PAUSE);
  };
  const gone = () => {
    setShown(false);
    setActive(-1);
    clearTimeout(timer.current);
    onGone?.();
  };
  const pick = (one) => {
    gone();
    input.current.blur();
    if (one.press) document.querySelector(one.press)?.click();
    else navigate(one.href);
  };
  const pressed = (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      setActive(Math.max(-1, Math.min(all.length - 1, at + step)));
    } else if (event.key === "Enter" && all[at]) {
      event.preventDefault();
      pick(all[at]);
    } else if (event.key === "Enter") {
      setShown(false);
      clearTimeout(timer.current);
    } else if (event.key === "Escape" && shown && !open) {
      event.stopPropagation();
      gone();
    }
  };
  const expanded = all.length > 0;
  return h(
    "div",
    { className: open ? "finder finder-open" : "finder" },
    h("input", {
      ...rest, ref: input, defaultValue: value, role: "combobox", "aria-autocomplete": "list",
      "aria-expanded": expanded, "aria-controls": list,
      "aria-activedescendant": at >= 0 ? `${list}-${at}` : undefined,
      onChange: typed, onKeyDown: pressed, onBlur: () => setShown(false),
    }),
    h(
      "ul",
      { id: list, role: "listbox", "aria-label": label, className: "offers", hidden: !expanded },
      all.map((one, number) =>
        h(Option, {
          key: `${one.hint}${one.text}`, one, id: `${list}-${number}`, active: number === at,
          onPick: () => pick(one),
        }),
      ),
    ),
  );
};

/** Ctrl-K: one field for payments, bookings, pages and commands. */
export const Palette = ({ title, searchHref, found, asked, commands, label, hint, inputClass, onAsk }) => {
  const navigate = useNavigate();
  const dialog = useRef(null);
  const [round, setRound] = useState(0);
  useEffect(() => {
    const pressed = (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "k") return;
      event.preventDefault();
      if (!dialog.current || document.querySelector("dialog[open]")) return;
      setRound((was) => was + 1); // an empty field each time
      dialog.current.showModal();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, []);
  const close = () => dialog.current.close();
  // Only what the page itself has a button or a link for: it knows what this member may do.
  const isHere = (one) => document.querySelector(one.press ?? `a[href="${one.href}"]`);
  const here = round ? commands.filter(isHere) : [];
  const submit = (event) => {
    event.preventDefault();
    const text = String(new FormData(event.target).get("palette") ?? "").trim();
    close();
    if (text) navigate(`${searchHref}?q=${encodeURIComponent(text)}`);
  };
  return h(
    "dialog",
    {
      ref: dialog, className: "dialog palette", "aria-label": title, "data-palette": "",
      onClick: (event) => event.target === dialog.current && close(),
    },
    round > 0 &&
      h(
        "form",
        { key: round, onSubmit: submit, className: "dialog-body" },
        h(SearchField, {
          value: "", found, asked, commands: here, open: true, label, onAsk, onGone: close,
          name: "palette", type: "search", placeholder: hint, "aria-label": title,
          className: inputClass, autoFocus: true, autoComplete: "off", maxLength: 200,
        }),
      ),
  );
};
