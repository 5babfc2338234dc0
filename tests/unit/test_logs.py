"""Logs: whatever is written, no full phone number, link token or CheckoutRequestID gets through."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from payment_app.logs import mask, mask_event, set_up_logs

PHONE = "254712345678"
TOKEN = "q3Jm8-Zb_T0yVn5xLw9RkEa2HcUoPd7SgFiM4vXtB1e"
SPELLINGS = (
    "{c}{n}",
    "+{c}{n}",
    "00{c}{n}",
    "0{n}",
    "{n}",
    "0{a} {b} {d}",
    "+{c} {a} {b} {d}",
    "0{a}-{b}-{d}",
    "(0{a}) {b}.{d}",
    "+{c} (0) {a} {b} {d}",
)

nationals = st.from_regex(r"[17][0-9]{8}", fullmatch=True)
spellings = st.sampled_from(SPELLINGS)
around = st.text(alphabet=st.characters(exclude_categories=["Nd", "Cs"]), max_size=12)
tokens = st.from_regex(r"[A-Za-z0-9_-]{43}", fullmatch=True)


def spelt(national: str, how: str) -> str:
    a, b, d = national[:3], national[3:6], national[6:]
    return how.format(c="254", n=national, a=a, b=b, d=d)


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)


@given(nationals, spellings, around, around)
def test_no_phone_in_any_spelling_gets_through_any_text(
    national: str, how: str, before: str, behind: str
) -> None:
    masked = mask(before + spelt(national, how) + behind)
    assert national not in digits(masked)
    assert "•••" in masked


@given(nationals, spellings, st.sampled_from(["_", ".", "x", "=", '"', ":", "/", "é", "•"]))
def test_a_phone_glued_to_something_is_masked_too(national: str, how: str, glue: str) -> None:
    masked = mask(f"phone{glue}{spelt(national, how)}{glue}end")
    assert national not in digits(masked)


@given(tokens, st.sampled_from(["/pay/", "/receipt/", "/hooks/stk/", "/api/mpesa/callback/"]))
def test_no_link_token_gets_through(token: str, path: str) -> None:
    for text in (f"GET {path}{token} 200", f"https://pay.example{path}{token}?x=1", path + token):
        masked = mask(text)
        assert token not in masked
        assert path in masked


def test_the_other_callback_paths_hide_their_secrets_too() -> None:
    for path in ("/hooks/c2b/", "/hooks/result/", "/hooks/timeout/"):
        assert TOKEN not in mask(f"POST {path}{TOKEN}/confirmation")


@given(nationals, st.from_regex(r"[0-9]{14}[0-9]{1,3}", fullmatch=True))
def test_the_phone_at_the_end_of_a_checkout_id_is_hidden(national: str, stamp: str) -> None:
    assert mask(f"query ws_CO_{stamp}{national}!") == f"query ws_CO_{stamp}•••!"
    assert not mask(f"ws_CO_DMZ_190417717_{stamp}{national}").endswith(national)


@given(nationals, spellings)
def test_every_value_of_an_event_is_masked_however_deep(national: str, how: str) -> None:
    phone = spelt(national, how)
    event = mask_event(
        None,
        "info",
        {
            "event": f"push to {phone}",
            "phone": f"254{national}",
            "number": int(f"254{national}"),
            "nested": {"list": [phone, {phone: (phone,)}], "set": {phone}},
            "raw": phone.encode(),
            "error": ValueError(phone),
        },
    )
    # One by one: the last digits of several numbers, put together, may look like another.
    assert not [part for part in re.split(r"[^0-9 .()+-]", repr(event)) if national in digits(part)]


@pytest.mark.parametrize(
    "name",
    [
        "token",
        "Authorization",
        "password",
        "passkey",
        "secret",
        "api_key",
        "callback_url",
        "cookie",
    ],
)
def test_what_is_secret_by_its_name_is_never_shown(name: str) -> None:
    event = mask_event(None, "info", {name: TOKEN, "inner": {name: [TOKEN]}, "x": 5})
    assert TOKEN not in repr(event)
    assert event["x"] == 5


def test_plain_values_stay_as_they_are() -> None:
    facts = {
        "event": "payment_completed",
        "payment_id": 712_345,
        "amount": 2_500,
        "duration_ms": 12.5,
        "ok": True,
        "receipt": "SKJ7RT61SV",
        "result_code": None,
        "at": "2026-11-23T09:00:00.123456Z",
        "address": "196.201.214.200",
    }
    assert mask_event(None, "info", dict(facts)) == facts


def test_a_masked_phone_is_still_recognisable() -> None:
    assert mask(f"prompt to {PHONE}") == "prompt to 0712 •••678"


@pytest.fixture
def _own_logging() -> Iterator[None]:
    root, factory = logging.getLogger(), logging.getLogRecordFactory()
    handlers = list(root.handlers)
    yield
    structlog.reset_defaults()
    root.handlers = handlers
    logging.setLogRecordFactory(factory)


@pytest.mark.usefixtures("_own_logging")
def test_what_libraries_log_takes_the_same_form_and_masking(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up_logs(terminal=False)
    set_up_logs(terminal=False)
    try:
        raise ValueError(f"phone {PHONE} at /pay/{TOKEN}")
    except ValueError:
        logging.getLogger("some.library").exception("to %s via /pay/%s", PHONE, TOKEN)
    logging.getLogger("httpx").info("GET https://pay.example/hooks/stk/%s", TOKEN)
    out = capsys.readouterr().out
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["event"] for line in lines] == ["to 0712 •••678 via /pay/•••"]
    assert "ValueError" in lines[0]["exception"]
    assert PHONE not in out
    assert TOKEN not in out


@pytest.mark.usefixtures("_own_logging")
def test_a_line_is_one_json_object_on_stdout_with_its_traceback_masked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up_logs(terminal=False)
    log = structlog.get_logger("tests")
    try:
        raise ValueError(f"{PHONE} /hooks/stk/{TOKEN}")
    except ValueError:
        log.exception("broken", phone=PHONE, words="a\nb")
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert len(lines) == 1
    line = json.loads(lines[0])
    assert (line["event"], line["level"]) == ("broken", "error")
    assert "ValueError" in line["exception"]
    assert PHONE not in out
    assert TOKEN not in out


@pytest.mark.usefixtures("_own_logging")
def test_a_terminal_gets_readable_text(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(terminal=True)
    structlog.get_logger("tests").info("push_initiated", phone=PHONE)
    out = capsys.readouterr().out
    assert "push_initiated" in out
    assert not out.startswith("{")
    assert PHONE not in out


class _Guest:
    """Says more of itself to programmers than to people."""

    def __str__(self) -> str:
        return "a guest"

    def __repr__(self) -> str:
        return f"_Guest({PHONE})"


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.usefixtures("_own_logging")
def test_a_value_shows_what_was_masked_of_it_and_no_other_spelling(
    capsys: pytest.CaptureFixture[str], terminal: bool
) -> None:
    set_up_logs(terminal=terminal)
    log = structlog.get_logger("tests")
    log.info("seen", who=_Guest(), them=[_Guest()], by_name={_Guest(): {"x": _Guest()}})
    out = capsys.readouterr().out
    assert out.count("a guest") == 4
    assert PHONE not in out


@pytest.mark.usefixtures("_own_logging")
def test_numbers_stay_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(terminal=False)
    structlog.get_logger("tests").info("x", a=7, b=1.5, c=None, d=True, e=int(PHONE), f=12345678)
    line = json.loads(capsys.readouterr().out)
    assert (line["a"], line["b"], line["c"], line["d"], line["f"]) == (7, 1.5, None, True, 12345678)
    assert line["e"] != int(PHONE)


def test_a_line_of_ours_is_masked_once() -> None:
    """On the process's own stdout, which is not the one of a test."""
    script = (
        "import sys, structlog; from payment_app import logs; logs.set_up_logs(terminal=False);"
        "logs._MaskedStream.write = lambda *_: sys.exit('masked again');"
        "structlog.get_logger('x').info('seen')"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (said.returncode, json.loads(said.stdout)["event"]) == (0, "seen"), said.stderr
