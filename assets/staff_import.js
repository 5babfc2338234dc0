// Bookings from a file: looked at first, and made on a second word.
import { createElement as h, useRef, useState } from "react";

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
    event.stopPropagation(); // the dialog around would wait for a notice
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
