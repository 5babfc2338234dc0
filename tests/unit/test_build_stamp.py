"""A start may leave out the build only when it would come out the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from payment_app.web import build_stamp

ORIGIN = "https://pay.example.co.ke"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a finished, stamped build."""
    for name in ("payment_app/web/page.py", "assets/theme.css", "reflex.lock/bun.lock"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "rxconfig.py").write_text("config")
    (tmp_path / ".web/build/client").mkdir(parents=True)
    (tmp_path / ".web/build/client/__spa-fallback.html").write_text("<html>")
    build_stamp.stamp(tmp_path / ".web", wanted(tmp_path))
    return tmp_path


def wanted(project: Path, *, origin: str = ORIGIN, simulated: bool = False) -> str:
    return build_stamp.fingerprint(project, origin=origin, simulated=simulated)


def fresh(project: Path) -> bool:
    return build_stamp.is_fresh(project / ".web", wanted(project))


def test_nothing_has_changed(project: Path) -> None:
    assert fresh(project)


@pytest.mark.parametrize(
    "name", ["payment_app/web/page.py", "assets/theme.css", "reflex.lock/bun.lock", "rxconfig.py"]
)
def test_a_changed_file_wants_a_build(project: Path, name: str) -> None:
    (project / name).write_text("changed")
    assert not fresh(project)


def test_a_new_file_a_renamed_and_a_removed_one_want_a_build(project: Path) -> None:
    (project / "payment_app/new.py").write_text("")
    assert not fresh(project)
    (project / "payment_app/new.py").unlink()
    assert fresh(project)
    (project / "assets/theme.css").rename(project / "assets/other.css")
    assert not fresh(project)
    (project / "assets/other.css").unlink()
    assert not fresh(project)


def test_byte_code_does_not_count(project: Path) -> None:
    (project / "payment_app/__pycache__").mkdir()
    (project / "payment_app/__pycache__/page.pyc").write_bytes(b"1")
    assert fresh(project)


def test_another_origin_or_mode_wants_a_build(project: Path) -> None:
    web = project / ".web"
    assert not build_stamp.is_fresh(web, wanted(project, origin="https://other.example"))
    assert not build_stamp.is_fresh(web, wanted(project, simulated=True))


def test_other_packages_want_a_build(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_stamp, "_packages", lambda: ["reflex==9.9.9"])
    assert not fresh(project)


def test_a_build_that_was_broken_off_does_not_count(project: Path) -> None:
    build_stamp.unstamp(project / ".web")
    assert not fresh(project)


def test_a_build_that_was_removed_does_not_count(project: Path) -> None:
    (project / ".web/build/client/__spa-fallback.html").unlink()
    assert not fresh(project)


def test_a_folder_without_a_build_wants_one(tmp_path: Path) -> None:
    assert not build_stamp.is_fresh(tmp_path / ".web", "anything")
