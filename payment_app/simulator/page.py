"""The phone page: its fixed frame around the living fragments."""

from __future__ import annotations

from payment_app.simulator import faults, misbehaviour
from payment_app.simulator.fragments import View
from payment_app.simulator.markup import options, text

_CODES = "1, 17, 1019, 1025, 1032, 1037, 2001, 2028, 8006"


def render_page(view: View, asset_version: str) -> str:
    """The whole HTML document for one view."""
    root, parts = text(view.root), view.fragments()

    def part(name: str, tag: str = "div", attributes: str = "") -> str:
        key, html = parts[name]
        return f'<{tag} id="{name}" data-key="{key}" tabindex="-1"{attributes}>{html}</{tag}>'

    feed = f"{root}/feed" + (f"?phone={text(view.chosen)}" if view.chosen else "")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Test phone</title>
<link rel="icon" href="{root}/assets/phone.svg" type="image/svg+xml">
<link rel="stylesheet" href="{root}/assets/phone.css?v={asset_version}">
<script src="{root}/assets/phone.js?v={asset_version}" defer></script>
</head>
<body data-feed="{feed}" data-root="{root}">
<a class="skip" href="#phone">Skip to the phone</a>
<header>
<h1>Test phone <span class="badge">Simulator</span></h1>
<p>Stands in for the customer’s phone. No real money moves.</p>
<p id="link" class="link" hidden>Reconnecting…</p>
</header>
<main>
{part("announcement", "p", ' class="unseen" role="status" aria-live="polite"')}
<p id="problem" role="alert" class="problem" hidden></p>
<div class="columns">
<section class="middle" id="phone" aria-label="Phone">
<div class="device">{part("screen")}{part("inbox")}</div>
{part("ways")}
</section>
<section class="left" aria-labelledby="phones-title">
<div class="card"><h2 id="phones-title">Phones</h2>{part("handsets", "nav", ' aria-label="Phones"')}
{_add_form(root)}</div>
<div class="card"><h2>This phone</h2>{part("settings")}</div>
<div class="card"><h2>Callbacks sent</h2>{part("sent")}</div>
</section>
<section class="right" aria-labelledby="trouble-title">
<div class="card"><h2 id="trouble-title">Misbehave</h2>{part("trouble")}
{_callback_form(root)}{_fault_form(root)}{_chaos_form(root)}</div>
<div class="card"><h2>Answers</h2>{_answer_forms(root, view)}{_numbers_help()}</div>
</section>
</div>
</main>
</body>
</html>
"""


def _add_form(root: str) -> str:
    return f"""<form method="post" action="{root}/act/add" class="line" data-follow>
<p class="field"><label for="add">Add a phone</label>
<input id="add" name="msisdn" type="tel" inputmode="tel" required placeholder="0712 345 678"></p>
<button class="quiet">Add</button></form>"""


def _numbers_help() -> str:
    return f"""<details class="fold"><summary>Self-answering numbers</summary>
<p>A number <b>01999</b> followed by a result code in five digits always ends with that code, a
second after the push:</p>
<dl><dt>0199 900 000</dt><dd>pays</dd><dt>0199 900 001</dt><dd>has not enough money</dd>
<dt>0199 901 032</dt><dd>cancels</dd><dt>0199 901 037</dt><dd>cannot be reached</dd>
<dt>0199 902 001</dt><dd>types a wrong PIN</dd></dl>
<p class="small">Other codes likewise: {_CODES}. Every other phone has PIN 1234; three wrong PINs
lock it.</p></details>"""


def _count_field(prefix: str) -> str:
    choices = {"1": "Once", "3": "3 times", "10": "10 times", "": "Always"}
    return f"""<p class="field"><label for="{prefix}-count">How often</label>
<select id="{prefix}-count" name="count">{options(choices)}</select></p>"""


def _number_field(name: str, label: str, value: str, most: int, step: str = "any") -> str:
    return f"""<p class="field"><label for="{name}">{label}</label>
<input id="{name}" name="{name}" type="number" min="0" max="{most}" step="{step}" required
 value="{value}"></p>"""


def _callback_form(root: str) -> str:
    modes = {name: mode.words for name, mode in misbehaviour.MODES.items()}
    return f"""<details class="fold" name="trouble" open><summary>Callbacks</summary>
<form method="post" action="{root}/act/callback" class="stack">
<p class="field"><label for="mode">Way</label>
<select id="mode" name="mode">{options(modes)}</select></p>
<div class="row">{_number_field("seconds", "Late by, s", "5", 2_678_400)}
{_number_field("times", "Copies", "2", misbehaviour.MOST_TIMES, "1")}{_count_field("mode")}</div>
<button class="quiet">Set for callbacks</button></form></details>"""


def _fault_form(root: str) -> str:
    kinds = {name: kind.words for name, kind in faults.KINDS.items()}
    return f"""<details class="fold" name="trouble"><summary>Calls</summary>
<form method="post" action="{root}/act/fault" class="stack">
<div class="row"><p class="field"><label for="operation">Call</label>
<select id="operation" name="operation">{options(_push_first())}</select></p>
{_count_field("kind")}</div>
<p class="field"><label for="kind">Fault</label>
<select id="kind" name="kind">{options(kinds)}</select></p>
<button class="quiet">Set for calls</button></form></details>"""


def _push_first() -> dict[str, str]:
    order = (faults.PUSH, faults.QUERY, faults.TOKEN)
    return {name: faults.OPERATIONS[name] for name in order}


def _chaos_form(root: str) -> str:
    return f"""<details class="fold" name="trouble"><summary>Random callbacks</summary>
<form method="post" action="{root}/act/chaos" class="stack">
<p class="small">Chances in percent, for each callback.</p><div class="row four">
{_number_field("drop", "Lost", "30", 100)}{_number_field("duplicate", "Twice", "20", 100)}
{_number_field("reorder", "Swapped", "20", 100)}{_number_field("late", "Late", "10", 100)}</div>
<button class="quiet">Set random trouble</button></form></details>"""


def _answer_forms(root: str, view: View) -> str:
    seconds = f"{view.simulator.exchange.auto_complete_seconds:g}"
    auto = "Prompts pay by themselves after, s"
    return f"""<form method="post" action="{root}/act/result" class="line">
<p class="field"><label for="result">Next push ends with code</label>
<input id="result" name="result" required maxlength="32" placeholder="1032"></p>
<button class="quiet">Set</button></form>
<form method="post" action="{root}/act/auto_complete" class="line">
{_number_field("auto_complete_seconds", auto, seconds, 86_400)}
<button class="quiet">Set</button></form>
<p class="small">0: never; they run out after a minute.</p>"""
