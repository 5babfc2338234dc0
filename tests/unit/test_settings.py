"""The environment: what simulator mode needs (nothing), and every reason not to start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from payment_app.settings import (
    SIMULATOR_PASSKEY,
    Settings,
    UnsafeSettings,
    load_settings,
    problems,
)

ROOT = Path(__file__).parents[2]
SECRET = "Wz4-8dJ0qkTn2vXcR7yLhB6mFsGpE1aU"
KEY = "s0vB9-wTq4LmZx81KdUc"
GOOD: dict[str, str] = {
    "MPESA_ENVIRONMENT": "production",
    "MPESA_CONSUMER_KEY": "key",
    "MPESA_CONSUMER_SECRET": "secret",
    "MPESA_SHORTCODE": "600123",
    "MPESA_PASSKEY": "passkey",
    "MPESA_CALLBACK_URL": "https://pay.example.co.ke/api/mpesa/callback",
    "PUBLIC_URL": "https://pay.example.co.ke",
    "SECRET_KEY": SECRET,
    "API_KEYS": f"{KEY},{KEY[::-1]}",
}
SANDBOX = {**GOOD, "MPESA_ENVIRONMENT": "sandbox"}


@pytest.fixture(autouse=True)
def _no_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def load(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], **more: str) -> Settings:
    for name, value in {**environment, **more}.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def refusals(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], **more: str
) -> list[str]:
    with pytest.raises(UnsafeSettings) as caught:
        load(monkeypatch, environment, **more)
    assert str(caught.value) == "\n".join(caught.value.problems)
    for problem in caught.value.problems:
        assert problem.endswith("."), "one plain sentence for each problem"
        assert "\n" not in problem
    return caught.value.problems


# What needs nothing


def test_simulator_mode_needs_nothing() -> None:
    settings = load_settings()
    assert settings.environment == "simulator"
    assert settings.simulated
    assert problems(settings) == []


def test_the_defaults_of_simulator_mode() -> None:
    settings = load_settings()
    assert (settings.port, settings.workers, settings.listen_host) == (3000, 1, "127.0.0.1")
    assert settings.origin == "http://localhost:3000"
    assert settings.database_url == "sqlite:///data/payment_app.db"
    assert settings.api_key_values == ("simulator-key",)
    assert settings.merchant_name == "Smart Storage"
    assert settings.simulator_auto_complete_seconds == 30
    assert (settings.shortcode, settings.passkey) == ("174379", SIMULATOR_PASSKEY)
    assert settings.daraja_url == "http://127.0.0.1:3000/simulator/daraja"
    assert settings.callback_base == "http://127.0.0.1:3000/hooks/stk"
    assert settings.trusted_proxies == settings.mpesa_callback_ips == ()


def test_a_consumer_key_alone_means_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    named = {name: value for name, value in SANDBOX.items() if name != "MPESA_ENVIRONMENT"}
    assert load(monkeypatch, named).environment == "sandbox"


def test_simulator_mode_is_kept_when_named_beside_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    local = {"PUBLIC_URL": "", "MPESA_CALLBACK_URL": ""}
    assert load(monkeypatch, {**GOOD, **local}, MPESA_ENVIRONMENT="simulator").simulated


@pytest.mark.parametrize("mode", ["sandbox", "production"])
def test_a_whole_environment_starts_with_the_defaults_of_its_mode(
    monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    settings = load(monkeypatch, GOOD, MPESA_ENVIRONMENT=mode)
    assert settings.environment == mode
    assert not settings.simulated
    assert settings.listen_host == "0.0.0.0"
    hosts = {
        "sandbox": "https://sandbox.safaricom.co.ke",
        "production": "https://api.safaricom.co.ke",
    }
    assert settings.daraja_url == hosts[mode]
    assert settings.api_key_values == (KEY, KEY[::-1])
    assert settings.on_postgresql is False, "SQLite is allowed with one worker"


def test_initiator_and_certificate_are_not_needed_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, GOOD)
    assert settings.mpesa_initiator_name == settings.mpesa_certificate == ""


@pytest.mark.parametrize("slashes", ["", "/", "//"])
def test_a_trailing_slash_of_the_callback_does_not_matter(
    monkeypatch: pytest.MonkeyPatch, slashes: str
) -> None:
    base = "https://pay.example.co.ke/api/mpesa/callback"
    assert load(monkeypatch, GOOD, MPESA_CALLBACK_URL=base + slashes).callback_base == base


def test_any_host_can_stand_in_for_daraja(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, SANDBOX, MPESA_BASE_URL="http://127.0.0.1:8765/")
    assert settings.daraja_url == "http://127.0.0.1:8765"


def test_an_env_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("PORT=4000\nMERCHANT_NAME=Duka\n", encoding="utf-8")
    settings = load(monkeypatch, {"PORT": "5000"})
    assert (settings.port, settings.merchant_name) == (5000, "Duka")


def test_no_secret_is_shown_by_printing_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = repr(load(monkeypatch, {**GOOD, "METRICS_TOKEN": KEY.swapcase()}))
    for name in ("SECRET_KEY", "MPESA_PASSKEY", "MPESA_CONSUMER_SECRET"):
        assert f"'{GOOD[name]}'" not in shown
    assert KEY not in shown
    assert KEY.swapcase() not in shown


# Origins


def test_in_simulator_mode_both_local_names_are_origins(monkeypatch: pytest.MonkeyPatch) -> None:
    origins = load(monkeypatch, {"PORT": "3100"}).allowed_origins
    assert set(origins) == {"http://localhost:3100", "http://127.0.0.1:3100"}


def test_elsewhere_only_the_public_origin_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, GOOD, PUBLIC_URL="https://pay.example.co.ke/")
    assert settings.allowed_origins == ("https://pay.example.co.ke",)


@pytest.mark.parametrize("origin", ["*", "https://*", "https://*.example.co.ke"])
@pytest.mark.parametrize("environment", [{}, GOOD], ids=["simulator", "production"])
def test_a_star_is_no_origin(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], origin: str
) -> None:
    found = refusals(monkeypatch, environment, PUBLIC_URL=origin)
    assert any("PUBLIC_URL" in problem and "*" in problem for problem in found)


@pytest.mark.parametrize(
    "origin",
    [
        "pay.example.co.ke",
        "https://pay.example.co.ke/app",
        "ftp://pay.example.co.ke",
        "https://",
        "https://[::1",
        "https://pay.example.co.ke?x=1",
        "https://user:pw@pay.example.co.ke",
        "https://pay.example.co.ke:99999",
    ],
)
def test_what_is_no_origin_is_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, origin: str
) -> None:
    assert any(
        "PUBLIC_URL" in problem for problem in refusals(monkeypatch, GOOD, PUBLIC_URL=origin)
    )


# What is missing


@pytest.mark.parametrize("mode", ["sandbox", "production"])
def test_every_missing_credential_is_named_at_once(
    monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    found = refusals(monkeypatch, {}, MPESA_ENVIRONMENT=mode)
    for name in (
        "MPESA_CONSUMER_KEY",
        "MPESA_CONSUMER_SECRET",
        "MPESA_SHORTCODE",
        "MPESA_PASSKEY",
        "MPESA_CALLBACK_URL",
        "SECRET_KEY",
        "API_KEYS",
    ):
        assert [problem for problem in found if problem.startswith(name)] != [], name
    in_production = mode == "production"
    assert any(problem.startswith("PUBLIC_URL") for problem in found) == in_production


def test_all_problems_come_at_once_even_beside_an_unreadable_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wrong = {
        "PORT": "many",
        "MPESA_CALLBACK_IPS": "196.201.214.0/24,nonsense",
        "MPESA_PASSKEY": "",
        "SECRET_KEY": "short",
        "API_KEYS": "short",
        "PUBLIC_URL": "http://pay.example.co.ke",
        "MPESA_CALLBACK_URL": "http://pay.example.co.ke/hooks/stk",
        "MPESA_BASE_URL": "http://daraja.example.co.ke",
        "WORKERS": "4",
    }
    found = refusals(monkeypatch, {**GOOD, **wrong})
    for name in wrong:
        assert [problem for problem in found if problem.startswith(name)] != [], name
    assert len([problem for problem in found if problem.startswith("WORKERS")]) == 2
    assert len(found) == len(set(found)) == len(wrong) + 1


def test_a_till_needs_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    found = refusals(monkeypatch, GOOD, MPESA_TRANSACTION_TYPE="till")
    assert [problem.split()[0] for problem in found] == ["MPESA_TILL_NUMBER"]
    monkeypatch.setenv("MPESA_TILL_NUMBER", "5123456")
    assert load_settings().mpesa_till_number == "5123456"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MPESA_SHORTCODE", "abc"),
        ("MPESA_SHORTCODE", "123"),
        ("MPESA_SHORTCODE", "12345678"),
        ("MPESA_SHORTCODE", "1743²9"),
        ("MPESA_TILL_NUMBER", "till 5"),
        ("MPESA_BASE_URL", "https://daraja.example/?x=1"),
        ("MPESA_CALLBACK_URL", "https://pay.example.co.ke/cb?token="),
        ("MPESA_CALLBACK_URL", "https://pay.example.co.ke/cb#x"),
        ("MPESA_CALLBACK_URL", "https://[::1/cb"),
        ("MPESA_ENVIRONMENT", "live"),
        ("MPESA_TRANSACTION_TYPE", "both"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("WORKERS", "0"),
        ("WORKERS", "two"),
        ("TRUSTED_PROXIES", "*"),
        ("MPESA_CALLBACK_IPS", "safaricom"),
        ("SIMULATOR_AUTO_COMPLETE_SECONDS", "-1"),
        ("DATABASE_URL", "mysql://root@db/payments"),
        ("DATABASE_URL", "nonsense"),
    ],
)
def test_a_value_outside_its_rules_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    found = refusals(monkeypatch, {**GOOD, name: value})
    assert any(problem.startswith(name) for problem in found), found


# What is unsafe

ADDRESSES = ("PUBLIC_URL", "MPESA_CALLBACK_URL", "MPESA_BASE_URL")


@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize("mode", ["sandbox", "production"])
def test_http_to_another_machine_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, mode: str
) -> None:
    wrong = {"MPESA_ENVIRONMENT": mode, name: "http://pay.example.co.ke"}
    found = refusals(monkeypatch, {**GOOD, **wrong})
    assert [problem.split()[0] for problem in found] == [name]


@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_http_to_this_machine_is_fine_in_sandbox_and_not_in_production(
    monkeypatch: pytest.MonkeyPatch, name: str, host: str
) -> None:
    local = {name: f"http://{host}:3000"}
    assert load(monkeypatch, {**SANDBOX, **local}).environment == "sandbox"
    found = refusals(monkeypatch, {**GOOD, **local})
    assert [problem.split()[0] for problem in found] == [name]


@pytest.mark.parametrize("host", ["localhost.evil.example", "127.0.0.1.evil.example", "0.0.0.0"])
def test_a_name_that_looks_local_is_not_local(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    assert refusals(monkeypatch, {**SANDBOX, "MPESA_BASE_URL": f"http://{host}"})


@pytest.mark.parametrize(
    "secret", ["", "x" * 31, "changeme" * 5, "change-me-change-me-change-me-change-me"]
)
def test_a_short_or_default_secret_key_is_refused(
    monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    found = refusals(monkeypatch, {**GOOD, "SECRET_KEY": secret})
    assert [problem.split()[0] for problem in found] == ["SECRET_KEY"]
    assert "32" in found[0]


@pytest.mark.parametrize(
    "keys", ["", " , ", "short", f"{KEY},short", "simulator-key", "CHANGEME-changeme"]
)
def test_short_or_default_api_keys_are_refused(monkeypatch: pytest.MonkeyPatch, keys: str) -> None:
    found = refusals(monkeypatch, {**GOOD, "API_KEYS": keys})
    assert [problem.split()[0] for problem in found] == ["API_KEYS"]


def test_no_refusal_repeats_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {"SECRET_KEY": "tiny-secret", "API_KEYS": "tiny-key", "MPESA_SHORTCODE": "abc"}
    text = " ".join(refusals(monkeypatch, {**GOOD, **wrong}))
    assert "tiny" not in text


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({}, {"PostgreSQL", "Redis", "simulator"}),
        (GOOD, {"PostgreSQL", "Redis"}),
        ({**GOOD, "REDIS_URL": "redis://cache"}, {"PostgreSQL"}),
        ({**GOOD, "DATABASE_URL": "postgresql://db/payments"}, {"Redis"}),
    ],
)
def test_several_workers_need_postgresql_and_redis(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], named: set[str]
) -> None:
    found = refusals(monkeypatch, environment, WORKERS="2")
    assert all(problem.startswith("WORKERS") for problem in found)
    said = {word for word in ("PostgreSQL", "Redis", "simulator") for p in found if f"{word}" in p}
    assert said == named


def test_several_workers_with_postgresql_and_redis_start(monkeypatch: pytest.MonkeyPatch) -> None:
    both = {"DATABASE_URL": "postgresql://db/payments", "REDIS_URL": "redis://cache"}
    assert load(monkeypatch, {**GOOD, **both}, WORKERS="4").workers == 4


def test_an_unsafe_start_ends_with_code_2_and_a_sentence_for_each_problem() -> None:
    environment: dict[str, Any] = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "MPESA_ENVIRONMENT": "production",
        "WORKERS": "2",
    }
    ended = subprocess.run(
        [sys.executable, "-P", str(ROOT / "rxconfig.py")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 2
    sentences = [line for line in ended.stderr.splitlines() if line.startswith("- ")]
    assert len(sentences) >= 9
    assert "Traceback" not in ended.stderr
