// Forms of the console: those that become an address, and dialogs that wait for their answer.
import { createElement as h, useEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { useLocation, useNavigate } from "react-router";

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

/** The newest notice, for dialogs that wait for an answer to what they sent. */
let answered = 0;
/** The newest notice that was shown: it does not come back on another page. */
let shownOnce = 0;
const waiting = new Set();

const plain = (path) => path.replace(/\/+$/, "");

/** One sentence after an action, new each time `number` changes, on the page that it is meant for.
 * A dialog that waits for it says a refusal itself. */
export const NoticeLine = ({ text, number, tone, field, at, dismiss, buttonClass, ...rest }) => {
  const { pathname } = useLocation();
  const [shown, setShown] = useState(0);
  const here = plain(pathname) === plain(at);
  useEffect(() => {
    if (!number || number === answered) return;
    answered = number;
    const heard = [...waiting].map((hear) => hear({ number, text, tone, field }));
    if (heard.some(Boolean)) shownOnce = number; // a dialog says it
  }, [number]);
  useEffect(() => {
    if (!here || !text || number === shownOnce) return undefined;
    shownOnce = number;
    setShown(number);
    const timer = setTimeout(() => setShown(0), 10000);
    return () => {
      clearTimeout(timer);
      setShown(0);
    };
  }, [here, number]);
  return h(
    "div",
    { role: "status", "aria-live": "polite", className: "contents" },
    here && shown > 0 && shown === number
      ? h(
          "div",
          rest,
          h("span", null, text),
          h("button", { type: "button", className: buttonClass, onClick: () => setShown(0) }, dismiss),
        )
      : null,
  );
};

const FIRST_FIELD = "input:not([type=hidden]):not([type=file]), textarea, select";

/** Where the message about `field` belongs: below its control, else at the end of the form. */
const placeOf = (form, field) => {
  const control = field && form.elements.namedItem(field);
  return control instanceof Element ? [control, control.closest("div") ?? form] : [null, form];
};

/** `<dialog>` that opens from a button beside it; Esc and a click outside close it. A form in it is
 * sent with the dialog open: what was filled in stays there until the server has said yes. */
export const DialogButton = ({ label, buttonClass, dialogClass, problemClass, title, closeLabel, name, children, ...rest }) => {
  const dialog = useRef(null);
  const [problem, setProblem] = useState(null);
  const sent = useRef(null);
  const close = () => dialog.current?.close();
  const open = () => {
    dialog.current.showModal();
    // Not the button that closes it, which would have the focus: a space typed would press it.
    dialog.current.querySelector(FIRST_FIELD)?.focus();
  };
  const outside = (event) => {
    if (event.target === dialog.current) close();
  };
  useEffect(() => {
    const hear = (answer) => {
      const form = sent.current;
      if (!form || !dialog.current?.open) return false;
      sent.current = null;
      if (answer.tone !== "bad") {
        close();
        return false;
      }
      const [control, place] = placeOf(form, answer.field);
      control?.setAttribute("aria-invalid", "true");
      control?.focus();
      setProblem({ ...answer, place, control });
      return true;
    };
    waiting.add(hear);
    return () => waiting.delete(hear);
  }, []);
  const forget = () => {
    problem?.control?.removeAttribute("aria-invalid");
    setProblem(null);
  };
  const submit = (event) => {
    forget();
    sent.current = event.target;
  };
  const closed = () => {
    sent.current = null;
    forget();
  };
  return h(
    "span",
    { className: "contents" },
    h(
      "button",
      {
        ...rest, type: "button", className: buttonClass, "data-dialog": name,
        "aria-haspopup": "dialog", onClick: open,
      },
      label,
    ),
    h(
      "dialog",
      {
        ref: dialog, className: dialogClass, "aria-label": title, onClick: outside,
        onSubmit: submit, onClose: closed,
      },
      h(
        "div",
        { className: "dialog-body" },
        h(
          "div",
          { className: "dialog-head" },
          h("h2", null, title),
          h("button", { type: "button", "aria-label": closeLabel, onClick: close }, "✕"),
        ),
        children,
        problem &&
          problem.place.isConnected &&
          createPortal(
            h("p", { role: "alert", className: problemClass, key: problem.number }, problem.text),
            problem.place,
          ),
      ),
    ),
  );
};
