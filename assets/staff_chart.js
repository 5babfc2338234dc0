// A chart that says the day that somebody points at.
import { createElement as h, useState } from "react";

/** Its children, and below them the words of the part (`data-said`) that is pointed at or tapped. */
export const ReadOut = ({ words, wordsClass, children, ...rest }) => {
  const [said, setSaid] = useState("");
  const read = (event) => setSaid(event.target.closest("[data-said]")?.dataset.said ?? "");
  return h(
    "div",
    { ...rest, onMouseOver: read, onClick: read, onMouseLeave: () => setSaid("") },
    children,
    h("p", { className: wordsClass, "aria-hidden": true }, said || words),
  );
};
