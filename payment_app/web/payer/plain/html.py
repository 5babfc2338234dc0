"""The pay and the receipt page as HTML: the live page's words and classes, without its scripts.

The block stands in the page of the built front end, before the live page's own root. The live page
takes it away once it has something to show (`TakeOver` in `assets/pay_kit.js`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from payment_app.services.pay_pages.view import PayView, Screen
from payment_app.services.receipts.receipt import ReceiptView
from payment_app.web.components.button import LOUD, QUIET, TEXT_LINK
from payment_app.web.components.field import INPUT
from payment_app.web.components.icon import PATHS
from payment_app.web.components.money import BIG_AMOUNT
from payment_app.web.components.shell import CARD_PLACE, FOOTER, LANGUAGE_LINK, LINE, NARROW, PAIR
from payment_app.web.components.surface import SURFACE
from payment_app.web.components.tab_icon import TAB_ICONS
from payment_app.web.payer.pay.action_card import BADGE, BADGES, WAIT_BUTTON, WAIT_NOTE
from payment_app.web.payer.pay.bill import show_bill
from payment_app.web.payer.pay.problem import Problem
from payment_app.web.payer.pay.view import page_title, show_card
from payment_app.web.payer.receipt.page import (
    AMOUNT,
    BESIDE,
    CHECK,
    CODE,
    KEEP,
    SMALL_PRINT,
    WHOLE_ROW,
)
from payment_app.web.payer.receipt.view import show_receipt
from payment_app.web.texts import LANGUAGES
from payment_app.web.texts.shape import Texts

_HERE = Path(__file__).parent
SCRIPT = (_HERE / "plain.js").read_text(encoding="utf-8")
"""The one inline script that we add; the page's policy names its hash."""

REFRESH = 5
"""Seconds after which a page without scripts looks again while a prompt waits."""

_WAITING = frozenset({Screen.SENDING, Screen.PROMPT_SENT, Screen.STILL_WAITING})
_MAY_CHANGE = _WAITING | {Screen.NOT_KNOWN, Screen.OUTAGE}

_STYLE = re.compile(r'href="(/assets/[^"]+\.css)"')
_LANG = '<html lang="en"'
"""As the wiring has it built (`html_lang`)."""

_LOOK = {
    "surface": SURFACE,
    "loud": LOUD,
    "quiet": QUIET,
    "text_link": TEXT_LINK,
    "input": INPUT,
    "amount": BIG_AMOUNT,
    "receipt_amount": AMOUNT,
    "check": CHECK,
    "code": CODE,
    "keep": KEEP,
    "beside": BESIDE,
    "whole_row": WHOLE_ROW,
    "narrow": NARROW,
    "pair": PAIR,
    "footer": FOOTER,
    "card_place": CARD_PLACE,
    "small_print": SMALL_PRINT,
    "badge": BADGE,
    "badges": BADGES,
    "wait_note": WAIT_NOTE,
    "wait_button": WAIT_BUTTON,
    "icons": PATHS,
    "language": LANGUAGE_LINK,
    "line": LINE,
}


class _Templates(Environment):
    """`ui.copy` is the text of that name; by itself Jinja takes the method of the mapping."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        return (
            super().getitem(obj, attribute)
            if isinstance(obj, Mapping)
            else super().getattr(obj, attribute)
        )


_templates = _Templates(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.globals["look"] = _LOOK
_templates.globals["languages"] = [(code, texts["name"]) for code, texts in LANGUAGES.items()]


@dataclass(frozen=True)
class Typed:
    """What a payer had typed into a form that was refused; no amount where there is no field."""

    phone: str = ""
    amount: str | None = None


@dataclass(frozen=True)
class Document:
    """The HTML page of the built front end, cut where ours goes in.

    Attributes:
        start: up to the end of its head.
        head_end: from there to the start of its body.
        rest: the live page's root and scripts.
    """

    start: str = '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    head_end: str = "</head><body>"
    rest: str = "</body></html>"

    def alone(self, block: str, *, title: str, lang: str) -> str:
        """A page of `block` and the style sheet: no script, nothing that would take over."""
        styles = dict.fromkeys(_STYLE.findall(self.start))
        links = "".join(f'<link rel="stylesheet" href="{style}">' for style in styles)
        return (
            f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<meta name="robots" content="noindex">{links}<title>{escape(title)}</title></head>'
            f"<body>{block}</body></html>"
        )

    def around(self, block: str, *, title: str, lang: str, refresh: bool, icon: str = "") -> str:
        """The whole page with `block` as its first part; `icon` is the tone that the tab shows."""
        picture = f'<link rel="icon" href="{TAB_ICONS[icon]}">' if icon else ""
        again = f'<noscript><meta http-equiv="refresh" content="{REFRESH}"></noscript>'
        start = self.start.replace(_LANG, f'<html lang="{lang}"', 1)
        return (
            f"{start}<title>{escape(title)}</title>{picture}{again if refresh else ''}"
            f"{self.head_end}"
            f"{block}<script>{SCRIPT}</script>{self.rest}"
        )


def read_document(file: Path) -> Document:
    """The page that the front end answers for every link; a bare one before it is built.

    Raises:
        ValueError: the file is no HTML page as Reflex builds it.
    """
    if not file.exists():
        return Document()
    text = file.read_text(encoding="utf-8")
    head = text.find("</head>")
    end = text.find(">", text.find("<body", head)) + 1
    if head < 0 or "<body" not in text[head:end]:
        raise ValueError(f"{file} has no head and body")
    return Document(text[:head], text[head:end], text[end:])


@dataclass(frozen=True)
class PlainPage:
    """A block with what the page around it must know."""

    block: str
    title: str
    lang: str
    refresh: bool = False
    icon: str = ""

    def within(self, document: Document) -> str:
        """The whole page."""
        return document.around(
            self.block, title=self.title, lang=self.lang, refresh=self.refresh, icon=self.icon
        )

    def alone(self, document: Document) -> str:
        """The page without the live one behind it."""
        return document.alone(self.block, title=self.title, lang=self.lang)


_NO_PROBLEM = Problem()
_NOTHING_TYPED = Typed()


def pay_page(
    view: PayView,
    words: Texts,
    merchant_phone: str,
    problem: Problem = _NO_PROBLEM,
    typed: Typed = _NOTHING_TYPED,
) -> PlainPage:
    """The pay page; `problem` says why the form that was just sent did nothing."""
    card = show_card(view, words)
    return PlainPage(
        block(
            "pay.html",
            words,
            screen=card.screen,
            paired=True,
            card=card,
            bill=show_bill(view, words, merchant_phone),
            problem=problem,
            typed=typed,
            waiting=view.screen in _MAY_CHANGE,
            held=problem != _NO_PROBLEM,
            look_again=view.screen in _MAY_CHANGE - _WAITING,
            without_scripts=_without_scripts(view, words, has_form=card.has_form),
            offline=_offline(view, words, has_form=card.has_form),
        ),
        page_title(view, card, words),
        words["code"],
        refresh=view.screen in _WAITING,
        icon=card.tone if card.tone in BADGES else "",
    )


def receipt_page(view: ReceiptView, words: Texts, origin: str) -> PlainPage:
    """The receipt."""
    contents = block("receipt.html", words, paired=True, receipt=show_receipt(view, words, origin))
    title = words["ui"]["receipt_title"].format(merchant=view.merchant)
    return PlainPage(contents, title, words["code"])


def notice_page(notice: str, back: str, words: Texts) -> PlainPage:
    """One sentence and the way back, when there is nothing to show around it."""
    contents = block("notice.html", words, notice=notice, back=back, held=True)
    return PlainPage(contents, words["ui"]["back_to_payment"], words["code"])


def block(template: str, words: Texts, **contents: Any) -> Markup:
    """The part of a page that a template writes."""
    page = {
        "screen": "",
        "waiting": False,
        "paired": False,
        "held": False,
        "look_again": False,
        "without_scripts": "",
        "offline": "",
        "ui": words["ui"],
        "plain": words["plain"],
        "lang": words["code"],
    }
    return Markup(_templates.get_template(template).render(page | contents))  # noqa: S704


def _without_scripts(view: PayView, words: Texts, *, has_form: bool) -> str:
    """What to know about the page where no script runs."""
    plain = words["plain"]
    if view.screen in _WAITING:
        return plain["no_scripts_wait"]
    if view.screen in _MAY_CHANGE:
        return plain["no_scripts_later"]
    return plain["no_scripts_form"] if has_form else ""


def _offline(view: PayView, words: Texts, *, has_form: bool) -> str:
    """What to say when the live page does not come; empty where nothing can change any more."""
    plain = words["plain"]
    if has_form:
        return plain["offline_form"]
    return plain["offline_wait"] if view.screen in _MAY_CHANGE else ""
