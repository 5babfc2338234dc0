// The gate: a field for the code of a receipt, filled by the camera where the browser reads QR codes.
import { createElement as h, useEffect, useRef, useState } from "react";

const LOOK_EVERY_MS = 150;

/** A field and its buttons, inside a form that sends them. */
export const GateScanner = ({
  label,
  check,
  scan,
  stop,
  noCamera,
  labelClass,
  inputClass,
  buttonClass,
  scanClass,
  looked,
}) => {
  const field = useRef(null);
  const video = useRef(null);
  const stream = useRef(null);
  const [able, setAble] = useState(false);
  const [open, setOpen] = useState(false);
  const [problem, setProblem] = useState("");

  const close = () => {
    stream.current?.getTracks().forEach((track) => track.stop());
    stream.current = null;
    setOpen(false);
  };
  useEffect(() => {
    setAble("BarcodeDetector" in window && Boolean(navigator.mediaDevices?.getUserMedia));
    return close;
  }, []);
  // An answer came: the next code takes the place of this one.
  useEffect(() => field.current?.select(), [looked]);

  useEffect(() => {
    if (!open) return undefined;
    let timer = 0;
    let ended = false;
    const detector = new window.BarcodeDetector({ formats: ["qr_code"] });
    const look = async () => {
      const found = await detector.detect(video.current).catch(() => []);
      if (ended) return;
      if (found.length) {
        field.current.value = found[0].rawValue;
        navigator.vibrate?.(60);
        close();
        field.current.form.requestSubmit();
        return;
      }
      timer = setTimeout(look, LOOK_EVERY_MS);
    };
    video.current.srcObject = stream.current;
    video.current.play().catch(() => {}); // a look before the first picture finds nothing
    look();
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  }, [open]);

  const start = async () => {
    setProblem("");
    try {
      stream.current = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: "environment" },
      });
      setOpen(true);
    } catch {
      setProblem(noCamera); // refused, or none there
    }
  };
  return h(
    "div",
    { className: "flex flex-col gap-3" },
    open &&
      h("video", {
        ref: video, muted: true, playsInline: true, "aria-label": scan,
        className: "aspect-square w-full rounded-lg bg-black object-cover",
      }),
    able &&
      h("button", { type: "button", className: scanClass, onClick: open ? close : start }, open ? stop : scan),
    problem && h("p", { role: "alert" }, problem),
    h("label", { htmlFor: "gate-code", className: labelClass }, label),
    h("input", {
      id: "gate-code", name: "code", ref: field, className: inputClass, autoComplete: "off",
      autoCapitalize: "off", spellCheck: false, maxLength: 300, required: true,
    }),
    h("button", { type: "submit", className: buttonClass }, check),
  );
};
