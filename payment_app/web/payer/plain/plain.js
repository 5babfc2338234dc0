// What the page that the server sent does until the live page takes over, or if it never comes.
(() => {
  const PATIENCE_MS = 5000;
  const plain = document.getElementById("plain");

  const button = (element) => {
    const made = document.createElement("button");
    for (const { name, value } of element.attributes) made.setAttribute(name, value);
    made.type = "button";
    made.append(...element.childNodes);
    element.replaceWith(made);
    return made;
  };

  const copy = async (made) => {
    try {
      await navigator.clipboard.writeText(made.dataset.copy);
      const said = made.querySelector(".copied");
      said.textContent = made.dataset.done;
      setTimeout(() => said.replaceChildren(), 2000);
    } catch {
      // No permission or no secure page: the value stays selectable.
    }
  };

  const wake = () => {
    plain.querySelectorAll("span[data-copy]").forEach((element) => {
      const made = button(element);
      made.onclick = () => copy(made);
    });
    plain.querySelectorAll("span[data-print]").forEach((element) => {
      button(element).onclick = () => window.print();
    });
    plain.querySelectorAll("span[data-share]").forEach((element) => {
      if (!navigator.share) return;
      const { share: text, url } = element.dataset;
      button(element).onclick = () => navigator.share({ text, url }).catch(() => {});
      plain.querySelector("button[data-share]").hidden = false;
    });
    const phone = plain.querySelector("input[name=phone]");
    try {
      if (phone && !phone.value) phone.value = localStorage.getItem("mpesa-phone") ?? "";
    } catch {
      // Storage may be blocked.
    }
  };

  const inHand = () => {
    const field = document.activeElement;
    return plain.contains(field) && field.matches("input");
  };

  // The page has no live line: while a prompt waits it reads itself anew.
  const look = async () => {
    if (!plain.isConnected) return;
    if ("waiting" in plain.dataset && !inHand() && document.visibilityState === "visible") {
      try {
        const answer = await fetch(location.href);
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.getElementById("plain");
        if (fresh && plain.isConnected && !inHand()) {
          if (!("waiting" in fresh.dataset)) {
            delete plain.dataset.waiting;
            plain.querySelector("[data-offline]").replaceChildren();
          }
          plain.dataset.screen = fresh.dataset.screen;
          const typed = [...plain.querySelectorAll("input:not([type=hidden])")];
          plain.querySelector("main").replaceWith(fresh.querySelector("main"));
          document.title = page.title;
          for (const { id, value } of typed) {
            const field = document.getElementById(id);
            if (field) field.value = value;
          }
          wake();
        }
      } catch {
        // Away for now: the next look may be luckier.
      }
    }
    setTimeout(look, PATIENCE_MS);
  };

  wake();
  setTimeout(() => {
    if (!plain.isConnected) return;
    const line = plain.querySelector("[data-offline]");
    if (!line.dataset.offline) return;
    const said = document.createElement("p");
    said.textContent = line.dataset.offline;
    line.append(said);
    plain.style.paddingBottom = `${line.offsetHeight}px`;
    look();
  }, PATIENCE_MS);
})();
