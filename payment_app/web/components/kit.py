"""The components that need the browser: `assets/pay_kit.js`, named for Reflex."""

from __future__ import annotations

import reflex as rx


class _Kit(rx.Component):
    """A component of `assets/pay_kit.js`."""

    library = "$/public/pay_kit.js"


class TakeOver(_Kit):
    """Its children once they have something to show; until then the page that the server sent."""

    tag = "TakeOver"

    loaded: rx.Var[bool]
    screen: rx.Var[str]
    looked: rx.Var[int]


class ActionCard(_Kit):
    """A section that carries the payment's status and counts down to the next prompt."""

    tag = "ActionCard"

    status: rx.Var[str]
    screen: rx.Var[str]
    resend_in: rx.Var[int]
    wait_phone: rx.Var[str]
    looked: rx.Var[int]


class SubmitButton(_Kit):
    """The button of an action card; locked while it counts down or sends."""

    tag = "SubmitButton"

    label: rx.Var[str]
    wait_label: rx.Var[str]
    busy_label: rx.Var[str]


class WaitNote(_Kit):
    """Why the button waits, and the way around it: a number that need not wait."""

    tag = "WaitNote"

    reason: rx.Var[str]
    label: rx.Var[str]
    free: rx.Var[str]
    button_class: rx.Var[str]


class PhoneInput(_Kit):
    """A phone field that remembers this device's number and spells it back."""

    tag = "PhoneInput"

    name: rx.Var[str]
    invalid: rx.Var[bool]
    remember: rx.Var[bool]


class Headline(_Kit):
    """A second-level heading that takes the focus when `moment` changes."""

    tag = "Headline"

    moment: rx.Var[str]
    cheer: rx.Var[bool]


class CopyButton(_Kit):
    """A button that copies `value`."""

    tag = "CopyButton"

    value: rx.Var[str]
    done_label: rx.Var[str]


class LanguageLink(_Kit):
    """A link that changes the page's language in place."""

    tag = "LanguageLink"

    code: rx.Var[str]
    on_pick: rx.EventHandler[rx.event.passthrough_event_spec(str)]  # type: ignore[type-arg, valid-type]


class LiveLine(_Kit):
    """A line of text while the page is cut off; brings the socket back when it is looked at.

    `patience`: milliseconds in which the server must answer a page that was woken.
    """

    tag = "LiveLine"

    text: rx.Var[str]
    lang: rx.Var[str]
    looked: rx.Var[int]
    patience: rx.Var[int]
    on_return: rx.EventHandler[rx.event.no_args_event_spec]  # type: ignore[type-arg, valid-type]


class ShareButton(_Kit):
    """A button that opens the phone's own share sheet; nothing where there is none."""

    tag = "ShareButton"

    text: rx.Var[str]
    url: rx.Var[str]


class TabIcon(_Kit):
    """Makes the tab's picture that of a tone; `icons` are the pictures' addresses by tone."""

    tag = "TabIcon"

    tone: rx.Var[str]
    icons: rx.Var[dict[str, str]]


class PrintButton(_Kit):
    """A button that prints the page."""

    tag = "PrintButton"
