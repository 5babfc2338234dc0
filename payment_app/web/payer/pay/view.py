"""The action card in every state, from a `PayView` and a language to what the page renders."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import cast

from payment_app.domain.money import MAX_PER_TRANSACTION
from payment_app.services.pay_pages.view import PayView, Screen
from payment_app.web.fact import Fact
from payment_app.web.payer.formats import ksh, nairobi_time
from payment_app.web.texts.shape import Hint, Said, Texts

_NOT_FROM_PROMPT = frozenset({"rejected", "prompt_failed", "setup", "amount", "limit_account"})
"""Reasons whose button says "Try again": no prompt reached a phone."""

_A_PERSON_IS_NEEDED = frozenset({"setup", "amount", "limit_account", "other", "unknown_expired"})
"""Amber, not red: the payer alone cannot mend it, or it is not certain."""

_RETRY_HELPS_LITTLE = _A_PERSON_IS_NEEDED | {"limit_transaction", "limit_daily", "pin_locked"}
"""A quiet button: the next step is not the same prompt once more."""

_NOBODY_FAILED = frozenset({"cancelled", "too_soon"})
"""Shown without colour: this is what the payer wanted, or only a matter of waiting."""

_WITH_FORM = frozenset({Screen.READY, Screen.NOT_KNOWN, Screen.FAILED, Screen.PART_PAID})
_WAITING = frozenset({Screen.SENDING, Screen.PROMPT_SENT, Screen.STILL_WAITING})
_GOOD = frozenset({Screen.PAID, Screen.OVERPAID, Screen.ALREADY_PAID})
_AFTER_MONEY = _GOOD | {Screen.PAID_AFTER_CLOSE}
_WITH_RECEIPT = _AFTER_MONEY | {Screen.PART_PAID}


_PHONE_WAITS = (Screen.FAILED, Screen.PART_PAID)
"""After an attempt has ended M-Pesa's pause is for its phone; before that, for the booking."""

_MENU_HELPS = frozenset(
    {
        "cancelled",
        "wrong_pin",
        "busy",
        "unreachable",
        "expired",
        "too_soon",
        "system_busy",
        "prompt_failed",
        "rejected",
        "setup",
    }
)
"""Reasons after which the M-Pesa menu is a way on. Not where it would refuse as well, and not where
money may have moved already."""


@dataclass(frozen=True)
class Question:
    """A disclosure: a question, and the answer that opens below it."""

    question: str = ""
    answer: str = ""


@dataclass(frozen=True)
class Card:
    """Everything the action card renders.

    Attributes:
        key: distinguishes the ids of several cards on one page (the gallery).
        screen: the state, `failed` with its reason as `failed:<reason>`.
        tone: `plain`, `wait`, `good`, `bad` or `warn`; chooses icon and colour.
        headline, reason: what the live region says.
        steps: numbered instructions; empty for none.
        questions: disclosures below the text.
        has_form, has_amount: whether the phone field and the amount field are there.
        amount_typed: what the amount field starts with.
        button, button_wait: the button's name, and the same with `{time}` while it is locked.
        loud: the button is the obvious next step.
        resend_in: seconds until the button unlocks.
        wait_phone: the masked phone that this pause is for; empty: it is for every phone.
        wait_reason: why the button is locked, beside it while it is.
        manual: what to type into the M-Pesa menu instead; empty where that would not help.
        manual_folded: opens at a tap, as a prompt can be sent too.
        manual_menu, manual_note: where in that menu, and what to know about it.
        paid_share: percent of the booking that is paid; -1 shows no bar.
    """

    key: str = "pay"
    screen: str = "loading"
    tone: str = "plain"
    headline: str = ""
    reason: str = ""
    steps: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    pin_note: bool = False
    has_form: bool = False
    has_amount: bool = False
    amount_hint: str = ""
    amount_typed: str = ""
    button: str = ""
    button_wait: str = ""
    loud: bool = True
    manual: list[Fact] = field(default_factory=list)
    manual_folded: bool = False
    manual_menu: str = ""
    manual_note: str = ""
    paid_share: int = -1
    paid_share_label: str = ""
    has_receipt: bool = False
    receipt_number: str = ""
    receipt_path: str = ""
    paid_at: str = ""
    payment_status: str = "none"
    resend_in: int = 0
    wait_phone: str = ""
    wait_reason: str = ""
    attempt: int = 0


def show_card(view: PayView, words: Texts, *, sending: bool = False, key: str = "pay") -> Card:
    """The card of a view; `sending` says that this page's own click is still on its way."""
    screen = Screen.SENDING if sending and view.screen in _WITH_FORM else view.screen
    said = _said(view, screen, words)
    card = Card(
        key=key,
        screen=_screen_name(view, screen),
        tone=_tone(view, screen),
        headline=said["headline"],
        reason=said["reason"],
        steps=_steps(view, screen, words),
        questions=_questions(view, screen, words),
        pin_note=screen in (Screen.READY, Screen.PROMPT_SENT),
        manual=_manual(view, screen, words),
        manual_folded=screen is not Screen.OUTAGE,
        manual_menu=words["pay"]["menu_till" if view.till else "menu_paybill"],
        manual_note=words["pay"]["manual_note"].format(merchant=view.merchant),
        paid_share=_paid_share(view, screen),
        paid_share_label=words["pay"]["progress"].format(
            paid=ksh(view.amount_paid), total=ksh(view.amount_total)
        ),
        has_receipt=screen in _WITH_RECEIPT and bool(view.receipt_path),
        receipt_number=view.receipt_number,
        receipt_path=view.receipt_path,
        paid_at=nairobi_time(view.paid_at, words),
        payment_status=view.payment_status,
    )
    return _with_form(card, view, screen, words)


def _with_form(card: Card, view: PayView, screen: Screen, words: Texts) -> Card:
    """The card with its fields, its button, and the pause before that may be used."""
    has_form = screen in _WITH_FORM
    button = _button(view, screen, words)
    return replace(
        card,
        has_form=has_form,
        has_amount=has_form and view.allow_instalments,
        amount_hint=words["pay"]["amount_hint"].format(due=ksh(_at_most(view))),
        amount_typed=str(_amount_again(view, screen)),
        button=button,
        button_wait=words["pay"]["wait"].format(label=button, time="{time}"),
        loud=screen is not Screen.NOT_KNOWN and view.reason not in _RETRY_HELPS_LITTLE,
        resend_in=max(0, view.resend_in),
        wait_phone=view.phone_masked if screen in _PHONE_WAITS else "",
        wait_reason=_wait_reason(view, screen, words),
        attempt=view.attempt,
    )


def _wait_reason(view: PayView, screen: Screen, words: Texts) -> str:
    """Why no prompt may be sent yet; empty where there is no pause."""
    if view.resend_in <= 0:
        return ""
    pay = words["pay"]
    reason = pay["wait_reason"] if screen in _PHONE_WAITS else pay["wait_unknown"]
    return reason.format(phone=view.phone_masked)


def show_missing(words: Texts) -> Card:
    """The card of a pay link that does not exist."""
    said = words["screens"]["not_found"]
    return Card(screen="not_found", tone="warn", headline=said["headline"], reason=said["reason"])


def page_title(view: PayView, card: Card, words: Texts) -> str:
    """The tab's title: the payer comes back from another app and reads it first."""
    pay = words["pay"]
    if view.screen in _GOOD:
        return pay["title_paid"].format(merchant=view.merchant)
    if view.screen is Screen.READY and card.screen == Screen.READY:
        return pay["title_open"].format(merchant=view.merchant)
    return pay["title_state"].format(headline=card.headline, merchant=view.merchant)


def _said(view: PayView, screen: Screen, words: Texts) -> Said:
    """The words of a state, filled in."""
    if screen is Screen.FAILED:
        reasons = cast("dict[str, Said]", words["reasons"])
        said = reasons.get(view.reason) or words["reasons"]["other"]
    elif screen is Screen.PAID and not view.receipt_number:
        said = words["screens"]["paid_without_receipt"]
    else:
        said = cast("dict[str, Said]", words["screens"])[screen.value]
    values = {
        "amount": ksh(view.amount_due),
        "due": ksh(view.amount_due),
        "paid": ksh(view.amount_paid),
        "prompt": ksh(view.attempt_amount or view.amount_due),
        "received": ksh(view.received or view.amount_paid),
        "over": ksh(view.amount_over),
        "late": ksh(view.amount_late),
        "reference": view.reference,
        "phone": view.phone_masked,
        "merchant": view.merchant,
        "usual": _usual(view, words),
    }
    return {
        "headline": said["headline"].format(**values),
        "reason": said["reason"].format(**values).strip(),
    }


def _usual(view: PayView, words: Texts) -> str:
    """How long most people take here, as a sentence with a space behind it; or nothing."""
    if not view.usual_seconds:
        return ""
    return words["pay"]["usual"].format(n=view.usual_seconds) + " "


def _screen_name(view: PayView, screen: Screen) -> str:
    return f"{screen.value}:{view.reason}" if screen is Screen.FAILED else screen.value


def _tone(view: PayView, screen: Screen) -> str:
    if screen in _GOOD:
        return "warn" if screen is Screen.OVERPAID else "good"
    if screen in _WAITING:
        return "wait"
    if screen is Screen.PART_PAID:
        return "good" if view.received else "plain"
    if screen in (Screen.CLOSED, Screen.PAID_AFTER_CLOSE, Screen.OUTAGE):
        return "warn"
    if screen is not Screen.FAILED or view.reason in _NOBODY_FAILED:
        return "plain"
    return "warn" if view.reason in _A_PERSON_IS_NEEDED else "bad"


def _steps(view: PayView, screen: Screen, words: Texts) -> list[str]:
    if screen is not Screen.PROMPT_SENT:
        return []
    return [step.format(phone=view.phone_masked) for step in words["pay"]["steps"]]


def _manual(view: PayView, screen: Screen, words: Texts) -> list[Fact]:
    if not _offers_menu(view, screen):
        return []
    pay = words["pay"]
    amount = Fact(pay["manual_amount"], str(view.amount_manual))
    if view.till:
        return [Fact(pay["till"], view.till), amount]
    return [Fact(pay["paybill"], view.paybill), Fact(pay["account"], view.reference), amount]


def _offers_menu(view: PayView, screen: Screen) -> bool:
    """Whether paying from the M-Pesa menu is a way on here; there must be a number for it."""
    if not (view.paybill or view.till):
        return False
    if screen is Screen.FAILED:
        return view.reason in _MENU_HELPS
    return screen is Screen.OUTAGE or (screen is Screen.PART_PAID and view.resend_in > 0)


def _questions(view: PayView, screen: Screen, words: Texts) -> list[Question]:
    pay = words["pay"]
    asked: dict[Screen, list[Hint]] = {
        Screen.PROMPT_SENT: [pay["wrong_number"]],
        Screen.STILL_WAITING: [pay["no_prompt"], pay["wrong_number"]],
    }
    return [
        Question(hint["question"], hint["answer"].format(phone=view.phone_masked))
        for hint in asked.get(screen, [])
    ]


def _button(view: PayView, screen: Screen, words: Texts) -> str:
    """The name of the one button: "Pay …", and after a failure "Send again" or "Try again"."""
    pay = words["pay"]
    if screen is Screen.NOT_KNOWN:
        return pay["send_again"]
    if screen is Screen.FAILED:
        return pay["try_again"] if view.reason in _NOT_FROM_PROMPT else pay["send_again"]
    if screen is Screen.PART_PAID:
        return pay["pay_rest"]
    if view.allow_instalments:
        return pay["pay_any"]
    return pay["pay"].format(due=ksh(view.amount_due))


def _amount_again(view: PayView, screen: Screen) -> int:
    """What the amount field starts with: after a prompt without money, what that was for."""
    again = screen in (Screen.FAILED, Screen.NOT_KNOWN) and view.attempt_amount > 0
    return min(view.attempt_amount, _at_most(view)) if again else _at_most(view)


def _at_most(view: PayView) -> int:
    """The most that one prompt can ask for, whole shillings."""
    return min(view.amount_due, int(MAX_PER_TRANSACTION))


def _paid_share(view: PayView, screen: Screen) -> int:
    if not 0 < view.amount_paid < view.amount_total or screen in _AFTER_MONEY:
        return -1
    return max(1, min(99, view.amount_paid * 100 // view.amount_total))
