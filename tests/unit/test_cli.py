"""`python -m payment_app`: what is typed, what is printed, and the exit code."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog

from payment_app import cli, preflight
from payment_app.api.middleware.hosts import LocalOnly
from payment_app.daraja import HttpPoster
from payment_app.doctor import examination
from payment_app.doctor.check import Check
from payment_app.services.receipts.code import ReceiptCodes, ReceiptFacts
from payment_app.services.shared.keys.seals import Keyring

ROOT = Path(__file__).parents[2]
Printed = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test has a folder without .env, and leaves the logs as they were."""
    monkeypatch.chdir(tmp_path)
    logs = structlog.get_config()
    yield
    structlog.configure(**logs)
    logging.disable(logging.NOTSET)


class TestWhatIsTyped:
    @pytest.mark.parametrize("argv", [[], ["nonsense"], ["--nonsense"], ["migrate", "now"]])
    def test_nothing_or_nonsense_prints_help_and_exits_with_2(
        self, argv: list[str], capsys: Printed
    ) -> None:
        assert cli.main(argv) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert "migrate" in printed.err
        assert "simulator" in printed.err

    def test_help_exits_with_0_and_tells_the_exit_codes(self, capsys: Printed) -> None:
        assert cli.main(["--help"]) == 0
        assert "Exit codes: 0" in capsys.readouterr().out

    def test_the_module_passes_the_exit_code_on(self, tmp_path: Path) -> None:
        ended = subprocess.run(
            [sys.executable, "-m", "payment_app"], cwd=ROOT, capture_output=True, check=False
        )
        assert ended.returncode == 2
        assert b"python -m payment_app" in ended.stderr

    def test_ctrl_c_exits_with_130(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupted(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(preflight, "look", interrupted)
        assert cli.main(["doctor"]) == 130


class TestMigrate:
    def test_it_makes_the_database_and_says_the_revision(
        self, tmp_path: Path, capsys: Printed
    ) -> None:
        for _ in range(2):
            assert cli.main(["migrate"]) == 0
            said = capsys.readouterr().out
            assert said == "sqlite:///data/payment_app.db is at revision 0008.\n"
        assert (tmp_path / "data" / "payment_app.db").exists()

    def test_it_hides_the_password(self, monkeypatch: pytest.MonkeyPatch, capsys: Printed) -> None:
        address = "postgresql://app:hidden-word@127.0.0.1:1/app"
        monkeypatch.setenv("DATABASE_URL", address)
        assert cli.main(["migrate"]) == 1
        printed = capsys.readouterr()
        assert "could not be migrated" in printed.err
        assert "hidden-word" not in printed.err

    @pytest.mark.parametrize("name", ["PORT", "DATABASE_URL"])
    def test_what_cannot_be_read_is_said(
        self, name: str, monkeypatch: pytest.MonkeyPatch, capsys: Printed
    ) -> None:
        monkeypatch.setenv(name, "nonsense")
        assert cli.main(["migrate"]) == 1
        assert capsys.readouterr().err


class _Staged:
    """A doctor that says what a test gave it."""

    said: Sequence[Check] = ()
    phone: str | None = None

    def __init__(self, *_: Any) -> None:
        pass

    async def examine(self, phone: str | None, **_: object) -> AsyncIterator[Check]:
        type(self).phone = phone
        for check in self.said:
            yield check


class TestDoctor:
    @pytest.fixture
    def staged(self, monkeypatch: pytest.MonkeyPatch) -> type[_Staged]:
        stage = type("Stage", (_Staged,), {})
        monkeypatch.setattr(examination, "Doctor", stage)
        return stage

    def test_all_well_exits_with_0(self, staged: type[_Staged], capsys: Printed) -> None:
        staged.said = [Check("token", True, "granted"), Check("clock", None, "not measured")]
        assert cli.main(["doctor", "--phone", "0712345678"]) == 0
        assert staged.phone == "0712345678"
        assert capsys.readouterr().out.splitlines() == [
            "ok token: granted",
            "? clock: not measured",
            "",
            "All is well. (1 marked ? could not be measured or deserve a look)",
        ]

    def test_one_fault_exits_with_1_and_says_what_to_do(
        self, staged: type[_Staged], capsys: Printed
    ) -> None:
        staged.said = [Check("token", False, "refused", "copy the key again")]
        assert cli.main(["doctor"]) == 1
        assert capsys.readouterr().out == "✗ token: refused → copy the key again\n\n1 to mend.\n"

    @pytest.mark.parametrize(
        ("name", "value", "said"),
        [
            ("PORT", "nonsense", "✗ settings: PORT is not valid"),
            ("PUBLIC_URL", "http://[", "✗ settings: PUBLIC_URL"),
            ("MPESA_CALLBACK_URL", "http://[", "✗ settings: MPESA_CALLBACK_URL"),
            ("MPESA_BASE_URL", "://", "✗ settings: MPESA_BASE_URL"),
            ("DATABASE_URL", "nonsense", "✗ settings: DATABASE_URL"),
            ("MPESA_SHORTCODE", "nonsense", "✗ settings: MPESA_SHORTCODE"),
        ],
    )
    def test_unsafe_settings_are_findings_and_no_crash(
        self, name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: Printed
    ) -> None:
        monkeypatch.setenv("PORT", "1")  # nobody listens there
        monkeypatch.setenv(name, value)
        assert cli.main(["doctor"]) == 1
        assert said in capsys.readouterr().out

    def test_a_bare_sandbox_names_everything_that_is_missing(
        self, monkeypatch: pytest.MonkeyPatch, capsys: Printed
    ) -> None:
        monkeypatch.setenv("MPESA_ENVIRONMENT", "sandbox")
        monkeypatch.setenv("MPESA_BASE_URL", "http://127.0.0.1:1")
        assert cli.main(["doctor", "--phone", "0712345678"]) == 1
        said = capsys.readouterr().out
        for name in ("CONSUMER_KEY", "CONSUMER_SECRET", "SHORTCODE", "PASSKEY", "CALLBACK_URL"):
            assert f"✗ settings: MPESA_{name} is missing" in said
        assert "? token: not asked for" in said
        assert "? payment: no prompt was sent" in said


class TestSimulator:
    @pytest.fixture
    def served(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
        seen: dict[str, Any] = {}

        def serve(argv: Sequence[str], **more: Any) -> int:
            seen.update(more, argv=list(argv))
            return 7

        monkeypatch.setattr("payment_app.simulator.main", serve)
        return seen

    def test_it_gets_its_own_arguments_and_a_way_to_post(self, served: dict[str, Any]) -> None:
        argv = ["--port", "8765", "--host", "127.0.0.1", "--any-clock", "--seed", "3"]
        assert cli.main(["simulator", *argv]) == 7
        guard = served.pop("guard")
        assert served == {"argv": argv, "deliver_factory": HttpPoster}
        assert isinstance(guard(None, "127.0.0.1"), LocalOnly)
        assert guard(None, "0.0.0.0") is None, "others name this machine as they like"

    def test_it_reads_the_env_file_too(
        self, served: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        name = "SIMULATOR_AUTO_COMPLETE_SECONDS"
        monkeypatch.setenv(name, "9")  # so that it is restored afterwards
        monkeypatch.delenv(name)
        (tmp_path / ".env").write_text(f"{name}=4\n")
        assert cli.main(["simulator"]) == 7
        import os

        assert os.environ[name] == "4"

    def test_its_help_is_its_own(self, capsys: Printed) -> None:
        assert cli.main(["simulator", "--help"]) == 0
        assert "--any-clock" in capsys.readouterr().out

    def test_other_commands_do_not_load_it(self) -> None:
        script = "import sys, payment_app.cli; sys.exit('payment_app.simulator' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0


class TestReceiptCheck:
    def signed(self) -> str:
        facts = ReceiptFacts("BK7F2QX9", 2_500, "SKJ7RT61SV", datetime(2026, 11, 23, 9, tzinfo=UTC))
        return ReceiptCodes(Keyring(["k" * 40])).sign(facts)

    def test_a_code_of_ours_is_read_without_a_database(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("SECRET_KEY", "k" * 40)
        monkeypatch.setenv("DATABASE_URL", "sqlite:////nowhere/at/all.db")
        assert cli.main(["receipt-check", self.signed()]) == 0
        assert "KSh 2,500 for booking BK7F2QX9" in capsys.readouterr().out

    def test_a_changed_one_is_refused(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("SECRET_KEY", "k" * 40)
        for forged in (
            self.signed().replace(".2500.", ".9500."),
            self.signed().replace("BK7F2QX9", "BK7F2QX8"),
            "x",
        ):
            assert cli.main(["receipt-check", forged]) == 1
            assert "FORGED" in capsys.readouterr().out
