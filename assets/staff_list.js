// Lists of the console: rows that lead somewhere as a whole, ticks that are at once, and downloads
// that show how far they are and may be left alone.
import { createElement as h, useEffect, useRef, useState, useSyncExternalStore } from "react";

/** A value that components share; its listeners hear of each new one. */
const shared = (value) => {
  const listeners = new Set();
  return {
    get: () => value,
    set: (next) => {
      value = next;
      listeners.forEach((listener) => listener());
    },
    hear: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};
const useShared = (store) => useSyncExternalStore(store.hear, store.get, store.get);

const OWN = "a, button, input, label, select, textarea, summary";

/** A row whose main link, else its first, is what a click anywhere on it means. */
export const LinkRow = ({ children, ...rest }) => {
  const follow = (event) => {
    if (event.defaultPrevented || event.target.closest(OWN)) return;
    if (String(window.getSelection())) return; // somebody marks words to copy them
    const row = event.currentTarget;
    const link = row.querySelector("a[data-main]") ?? row.querySelector("a[href]");
    if (!link) return;
    const { ctrlKey, metaKey, shiftKey } = event;
    const apart = event.button === 1;
    link.dispatchEvent(
      new MouseEvent("click", {
        bubbles: true, cancelable: true, ctrlKey: ctrlKey || apart, metaKey, shiftKey,
      }),
    );
  };
  const middle = (event) => event.button === 1 && follow(event);
  return h("tr", { ...rest, onClick: follow, onAuxClick: middle }, children);
};

const ticked = shared(new Set());
const tick = (row, on) => {
  const next = new Set(ticked.get());
  if (on) next.add(row);
  else next.delete(row);
  ticked.set(next);
};

/** The tick of one row: it is the browser's alone, and so needs no answer. */
export const RowTick = ({ row, label }) => {
  const on = useShared(ticked).has(row);
  return h("input", {
    type: "checkbox", checked: on, "aria-label": label, onChange: () => tick(row, !on),
  });
};

/** The tick above them all. */
export const AllTick = ({ rows, label }) => {
  const chosen = useShared(ticked);
  const box = useRef(null);
  const number = rows.filter((row) => chosen.has(row)).length;
  const all = rows.length > 0 && number === rows.length;
  useEffect(() => {
    if (box.current) box.current.indeterminate = number > 0 && !all;
  }, [number, all]);
  return h("input", {
    ref: box, type: "checkbox", checked: all, "aria-label": label,
    onChange: () => ticked.set(all ? new Set() : new Set(rows)),
  });
};

/** What can be done with the rows that are ticked; gone while none is. */
export const TickBar = ({
  rows, words, exportHref, mayCheck, mayExport, onCheck, buttonClass, loudClass, ...rest
}) => {
  const chosen = useShared(ticked);
  const mine = rows.filter((row) => chosen.has(row));
  const known = rows.join();
  useEffect(() => {
    const kept = [...ticked.get()].filter((row) => known.split(",").includes(row));
    if (kept.length !== ticked.get().size) ticked.set(new Set(kept));
  }, [known]);
  useEffect(() => () => ticked.set(new Set()), []);
  const button = (text, onClick, className = buttonClass) =>
    h("button", { key: text, type: "button", onClick, className }, text);
  const check = () => {
    onCheck(mine.map(Number));
    ticked.set(new Set());
  };
  const acts = () => [
    h("span", { key: "number", className: "font-medium" }, words.number.replace("{number}", mine.length)),
    mine.length < rows.length &&
      button(words.all.replace("{number}", rows.length), () => ticked.set(new Set(rows))),
    mayCheck && button(words.check, check, loudClass),
    mayExport &&
      h(DownloadLink, {
        key: "export", href: `${exportHref}${encodeURIComponent(mine.join())}`, className: buttonClass,
      }, words.export),
    button(words.none, () => ticked.set(new Set())),
  ];
  return h("div", { ...(mine.length ? rest : {}), role: "status" }, mine.length ? acts() : null);
};

const downloads = shared([]);
let made = 0;
const change = (id, part) =>
  downloads.set(downloads.get().map((one) => (one.id === id ? { ...one, ...part } : one)));
const forget = (id) => downloads.set(downloads.get().filter((one) => one.id !== id));

const nameIn = (header) => /filename="([^"]+)"/.exec(header ?? "")?.[1] ?? "payments";

const save = (blob, name) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
};

/** Fetches a file piece by piece; goes on while other pages of the console are opened. */
const fetchFile = async (href) => {
  const id = ++made;
  const stop = new AbortController();
  downloads.set([...downloads.get(), { id, state: "begun", bytes: 0, stop }]);
  try {
    const answer = await fetch(href, { signal: stop.signal });
    if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error ?? "");
    const name = nameIn(answer.headers.get("Content-Disposition"));
    change(id, { name });
    const parts = [];
    let bytes = 0;
    for (const reader = answer.body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      bytes += value.length;
      change(id, { state: "coming", bytes });
    }
    save(new Blob(parts, { type: answer.headers.get("Content-Type") ?? "" }), name);
    change(id, { state: "done" });
    setTimeout(() => forget(id), 8000);
  } catch (error) {
    if (stop.signal.aborted) forget(id);
    else change(id, { state: "failed", why: error.message });
  }
};

/** A link to a file: a click fetches it here, and a browser without us follows the link itself. */
export const DownloadLink = ({ children, ...rest }) => {
  const begin = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.currentTarget.closest("dialog")?.close();
    fetchFile(rest.href);
  };
  return h("a", { ...rest, download: "", onClick: begin }, children);
};

const size = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

/** What is being fetched, on every page of the console; `words` by state. */
export const Downloads = ({ words, buttonClass, ...rest }) => {
  const all = useShared(downloads);
  const busy = all.some((one) => one.state === "begun" || one.state === "coming");
  useEffect(() => {
    if (!busy) return undefined;
    const warn = (event) => event.preventDefault(); // closing the tab would end it
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [busy]);
  return h(
    "div",
    { role: "status", className: "contents" },
    all.length > 0 &&
      h(
        "ul",
        rest,
        all.map((one) => {
          const said = words[one.state]
            .replace("{name}", one.name ?? "")
            .replace("{size}", size(one.bytes))
            .replace("{why}", one.why || "");
          const running = one.state === "begun" || one.state === "coming";
          const end = () => (running ? one.stop.abort() : forget(one.id));
          return h(
            "li",
            { key: one.id, className: "flex items-center justify-between gap-4" },
            h("span", null, said),
            h("button", { type: "button", className: buttonClass, onClick: end },
              running ? words.cancel : words.dismiss),
          );
        }),
      ),
  );
};
