"""The first hour: the logins of the simulator, passwords that can be said, devices by name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from payment_app.domain.staff import Role
from payment_app.services.demo.login import demo_login
from payment_app.services.staff.passwords import check_password, spoken_password
from payment_app.settings import Settings
from payment_app.web.staff.account.view import device_name


def test_a_temporary_password_can_be_dictated() -> None:
    made = {spoken_password() for _ in range(50)}
    assert len(made) == 50
    for password in made:
        assert re.fullmatch(r"([a-z]{6,9}-){3}[a-z]{6,9}", password)
        check_password(password, "amina@example.co.ke", "Amina Ali")


@pytest.fixture
def simulated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    """Settings that keep their files in a folder of the test."""
    monkeypatch.chdir(tmp_path)
    return Settings(_env_file=None, mpesa_environment="simulator")


@pytest.mark.parametrize(
    ("peer", "forwarded", "shown"),
    [
        ("127.0.0.1", "", True),
        ("::1", "", True),
        ("127.0.0.1", "192.0.2.7", False),
        ("192.0.2.7", "", False),
        ("", "", False),
        ("localhost", "", False),
    ],
)
def test_the_demo_password_stays_on_its_machine(
    simulated: Settings, peer: str, forwarded: str, shown: bool
) -> None:
    login = demo_login(simulated, peer, forwarded)
    assert len(login.emails) == len(Role)
    assert login.emails[0] == "admin@demo.local"
    assert bool(login.password) is shown


def test_outside_the_simulator_there_are_no_logins() -> None:
    sandbox = Settings(_env_file=None, mpesa_environment="sandbox")
    login = demo_login(sandbox, "127.0.0.1", "")
    assert (login.emails, login.password) == ((), "")


CHROME = "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36"


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (CHROME, "Chrome on Android"),
        (f"{CHROME} EdgA/131", "Edge on Android"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18 Safari/604",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Firefox/133.0", "Firefox on Windows"),
        ("python-httpx/0.28.1", "A program or an unknown browser"),
        ("", "A program or an unknown browser"),
    ],
)
def test_a_device_has_the_name_that_people_use(agent: str, name: str) -> None:
    assert device_name(agent) == name
