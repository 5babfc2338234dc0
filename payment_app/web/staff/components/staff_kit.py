"""The staff components that need the browser: `assets/staff_*.js`, named for Reflex."""

from __future__ import annotations

from typing import Any

import reflex as rx


class _StaffKit(rx.Component):
    """A component of `assets/staff_kit.js`: signing in, the menu, the keyboard."""

    library = "$/public/staff_kit.js"


class _Forms(rx.Component):
    """A component of `assets/staff_forms.js`."""

    library = "$/public/staff_forms.js"


class _Lists(rx.Component):
    """A component of `assets/staff_list.js`."""

    library = "$/public/staff_list.js"


class _Import(rx.Component):
    """A component of `assets/staff_import.js`."""

    library = "$/public/staff_import.js"


class _Search(rx.Component):
    """A component of `assets/staff_search.js`."""

    library = "$/public/staff_search.js"


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


class AddressForm(_Forms):
    """A form whose fields become the query string of `action`."""

    tag = "AddressForm"

    action: rx.Var[str]


class AddressField(_Forms):
    """A text field of an `AddressForm` that follows its address."""

    tag = "AddressField"

    value: rx.Var[str]
    name: rx.Var[str]
    type: rx.Var[str]
    placeholder: rx.Var[str]


class AddressSelect(_Forms):
    """A choice of an `AddressForm` that follows its address."""

    tag = "AddressSelect"

    value: rx.Var[str]
    name: rx.Var[str]


class AddressCheck(_Forms):
    """A tick of an `AddressForm` that follows its address."""

    tag = "AddressCheck"

    checked: rx.Var[bool]
    name: rx.Var[str]
    value: rx.Var[str]


class FileText(_Forms):
    """A file whose text goes into another field of the form."""

    tag = "FileText"

    target: rx.Var[str]
    accept: rx.Var[str]


class FileForm(_Import):
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


class NoticeLine(_Forms):
    """What an action led to, for ten seconds, on the page `at`; dialogs wait for it."""

    tag = "NoticeLine"

    text: rx.Var[str]
    number: rx.Var[int]
    tone: rx.Var[str]
    field: rx.Var[str]
    at: rx.Var[str]
    dismiss: rx.Var[str]
    button_class: rx.Var[str]


class DialogButton(_Forms):
    """A button and the dialog that it opens; `name` is what a shortcut finds it by.

    A form in it is sent with the dialog open, which closes once the answer is no refusal.
    """

    tag = "DialogButton"

    label: rx.Var[Any]
    title: rx.Var[str]
    name: rx.Var[str]
    close_label: rx.Var[str]
    button_class: rx.Var[str]
    dialog_class: rx.Var[str]
    problem_class: rx.Var[str]


class MenuButton(_StaffKit):
    """Opens and closes the menu where there is no room for it."""

    tag = "MenuButton"


class LinkRow(_Lists):
    """A table row whose first link is what a click anywhere on it means."""

    tag = "LinkRow"


class RowTick(_Lists):
    """The tick of one row; the browser alone knows of it."""

    tag = "RowTick"

    row: rx.Var[str]
    label: rx.Var[str]


class AllTick(_Lists):
    """The tick of all rows of the page."""

    tag = "AllTick"

    rows: rx.Var[list[str]]
    label: rx.Var[str]


class TickBar(_Lists):
    """What can be done with the rows that are ticked."""

    tag = "TickBar"

    rows: rx.Var[list[str]]
    words: rx.Var[dict[str, str]]
    export_href: rx.Var[str]
    may_check: rx.Var[bool]
    may_export: rx.Var[bool]
    button_class: rx.Var[str]
    loud_class: rx.Var[str]
    on_check: rx.EventHandler[rx.event.passthrough_event_spec(list[int])]  # type: ignore[type-arg, valid-type]


class DownloadLink(_Lists):
    """A link to a file that is fetched while other pages are looked at."""

    tag = "DownloadLink"

    href: rx.Var[str]


class Downloads(_Lists):
    """The files that are being fetched."""

    tag = "Downloads"

    words: rx.Var[dict[str, str]]
    button_class: rx.Var[str]


class SearchField(_Search):
    """A search field of an `AddressForm` that suggests while somebody types."""

    tag = "SearchField"

    value: rx.Var[str]
    name: rx.Var[str]
    type: rx.Var[str]
    placeholder: rx.Var[str]
    label: rx.Var[str]
    found: rx.Var[list[Any]]
    asked: rx.Var[str]
    on_ask: rx.EventHandler[rx.event.passthrough_event_spec(str)]  # type: ignore[type-arg, valid-type]


class Palette(_Search):
    """The dialog of Ctrl-K: payments, bookings, pages and commands in one field."""

    tag = "Palette"

    title: rx.Var[str]
    search_href: rx.Var[str]
    label: rx.Var[str]
    hint: rx.Var[str]
    input_class: rx.Var[str]
    commands: rx.Var[list[dict[str, str]]]
    found: rx.Var[list[Any]]
    asked: rx.Var[str]
    on_ask: rx.EventHandler[rx.event.passthrough_event_spec(str)]  # type: ignore[type-arg, valid-type]


class ReadOut(rx.Component):
    """A chart of `assets/staff_chart.js`: says the part that somebody points at."""

    library = "$/public/staff_chart.js"
    tag = "ReadOut"

    words: rx.Var[str]
    words_class: rx.Var[str]


class Shortcuts(_StaffKit):
    """The keyboard of the console; `places` are addresses by the key that follows `g`."""

    tag = "Shortcuts"

    places: rx.Var[dict[str, str]]


class StatementForm(rx.Component):
    """A form whose `file` is compared on the server; shows what was found below itself.

    `words` and `kinds` (of movements) are what it says, `looks` are classes.
    """

    library = "$/public/staff_statement.js"
    tag = "StatementForm"

    words: rx.Var[dict[str, str]]
    kinds: rx.Var[dict[str, str]]
    looks: rx.Var[dict[str, str]]
