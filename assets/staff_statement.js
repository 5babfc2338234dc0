// The reconcile page's form: a statement is compared on the server, and shown here.
import { createElement as h, useState } from "react";

const filled = (words, number) => words.replace("{number}", number);

/** Sends a statement to be compared, and shows what was found. The file leaves nothing behind. */
export const StatementForm = ({ words, kinds, looks, children, ...rest }) => {
  const [found, setFound] = useState(null);
  const [said, setSaid] = useState({ role: "status", text: "" });
  const compare = async (event) => {
    event.preventDefault();
    const file = new FormData(event.target).get("file");
    const button = event.target.querySelector("button");
    button.disabled = true;
    setFound(null);
    setSaid({ role: "status", text: words.busy });
    try {
      const answer = await fetch("/api/staff/statement", { method: "POST", body: file });
      const told = await answer.json();
      if (answer.ok) setFound(told);
      setSaid(answer.ok ? { role: "status", text: told.summary } : { role: "alert", text: told.error });
    } catch {
      setSaid({ role: "alert", text: words.failed });
    }
    button.disabled = false;
  };
  const look = said.role === "alert" ? "text-(--bad)" : found?.matches ? "text-(--accent)" : "";
  return h(
    "div",
    rest,
    h("form", { onSubmit: compare }, children),
    h("p", { role: said.role, className: `font-medium ${look}` }, said.text),
    found && h(Compared, { found, words, kinds, looks }),
  );
};

const Compared = ({ found, words, kinds, looks }) => {
  const box = (title, ...parts) =>
    h("section", { key: title, className: looks.box },
      h("h2", { className: "font-semibold" }, title), ...parts);
  const list = (lines) =>
    h("ul", { className: "flex list-disc flex-col gap-1 ps-5" },
      lines.map((line, at) => h("li", { key: at }, line)));
  const finding = ({ words: text, href }) =>
    h("span", null, text, " ", href && h("a", { href, className: looks.link }, words.open));
  return h(
    "div",
    { className: "flex flex-col gap-4" },
    found.findings.length > 0 &&
      box(words.findings, list(found.findings.map(finding)),
        found.more > 0 && h("p", null, filled(words.more, found.more))),
    found.doubts.length > 0 && box(words.doubts, list(found.doubts)),
    box(words.totals, h(Totals, { totals: found.totals, words, kinds, looks })),
    found.skipped.length > 0 &&
      h("details", { className: looks.box },
        h("summary", { className: "cursor-pointer font-semibold" },
          `${words.skipped} (${found.skipped.length})`),
        list(found.skipped)),
  );
};

const Totals = ({ totals, words, kinds, looks }) =>
  h(
    "table",
    { className: "w-full max-w-md border-collapse" },
    h("thead", null, h("tr", null,
      h("th", { scope: "col", className: looks.head }, words.kind),
      h("th", { scope: "col", className: `${looks.head} ${looks.number}` }, words.count),
      h("th", { scope: "col", className: `${looks.head} ${looks.number}` }, words.amount))),
    h("tbody", null, totals.map(({ kind, count, amount }) =>
      h("tr", { key: kind, className: "border-t border-(--line)" },
        h("td", { className: looks.cell }, kinds[kind]),
        h("td", { className: `${looks.cell} ${looks.number}` }, count),
        h("td", { className: `${looks.cell} ${looks.number}` }, amount)))),
  );
