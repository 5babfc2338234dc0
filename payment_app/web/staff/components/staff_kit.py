"""The staff components that need the browser: `assets/staff_kit.js`, named for Reflex."""

from __future__ import annotations

from typing import Any

import reflex as rx


class _StaffKit(rx.Component):
    """A component of `assets/staff_kit.js`."""

    library = "$/public/staff_kit.js"


class SignInForm(_StaffKit):
    """Email and password, then the code; posts to the session route."""

    tag = "SignInForm"

    words: rx.Var[dict[str, str]]
    input_class: rx.Var[str]
    label_class: rx.Var[str]
    button_class: rx.Var[str]
    error_class: rx.Var[str]


class SignOutButton(_StaffKit):
    """Ends the session, or all of the member's, and loads the sign-in page."""

    tag = "SignOutButton"

    everywhere: rx.Var[bool]


class Leave(_StaffKit):
    """Goes to `to` by a full load, as soon as it is not empty."""

    tag = "Leave"

    to: rx.Var[str]


class AddressForm(_StaffKit):
    """A form whose fields become the query string of `action`."""

    tag = "AddressForm"

    action: rx.Var[str]


class AddressField(_StaffKit):
    """A text field of an `AddressForm` that follows its address."""

    tag = "AddressField"

    value: rx.Var[str]
    name: rx.Var[str]
    type: rx.Var[str]
    placeholder: rx.Var[str]


class AddressSelect(_StaffKit):
    """A choice of an `AddressForm` that follows its address."""

    tag = "AddressSelect"

    value: rx.Var[str]
    name: rx.Var[str]


class AddressCheck(_StaffKit):
    """A tick of an `AddressForm` that follows its address."""

    tag = "AddressCheck"

    checked: rx.Var[bool]
    name: rx.Var[str]
    value: rx.Var[str]


class FileText(_StaffKit):
    """A file whose text goes into another field of the form."""

    tag = "FileText"

    target: rx.Var[str]
    accept: rx.Var[str]


class FileForm(_StaffKit):
    """A form whose field `csv` is posted to `to`: looked at first, and done on a second word.

    `words`, `columns` (heads by field of a line) and `looks` (classes) are what it shows of the
    answers.
    """

    tag = "FileForm"

    to: rx.Var[str]
    words: rx.Var[dict[str, str]]
    columns: rx.Var[dict[str, str]]
    looks: rx.Var[dict[str, str]]
    on_made: rx.EventHandler[rx.event.no_args_event_spec]  # type: ignore[type-arg, valid-type]


class NoticeLine(_StaffKit):
    """What an action led to, for ten seconds."""

    tag = "NoticeLine"

    text: rx.Var[str]
    number: rx.Var[int]
    dismiss: rx.Var[str]
    button_class: rx.Var[str]


class DialogButton(_StaffKit):
    """A button and the dialog that it opens; `name` is what a shortcut finds it by."""

    tag = "DialogButton"

    label: rx.Var[Any]
    title: rx.Var[str]
    name: rx.Var[str]
    close_label: rx.Var[str]
    button_class: rx.Var[str]
    dialog_class: rx.Var[str]


class Shortcuts(_StaffKit):
    """The keyboard of the console; `places` are addresses by the key that follows `g`."""

    tag = "Shortcuts"

    places: rx.Var[dict[str, str]]
