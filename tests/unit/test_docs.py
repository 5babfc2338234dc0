"""The documentation says what the code does."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from payment_app.api.app import create_api
from payment_app.domain.lifecycle import PaymentStatus
from payment_app.settings import Settings

ROOT = Path(__file__).parents[2]
DOCS = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
NAMES = {name.upper() for name in Settings.model_fields}
RUN = (
    "python3 -m venv .venv && .venv/bin/pip install -r requirements.txt"
    " && .venv/bin/reflex run --env prod"
)
TEST = "python3 -m venv .venv && .venv/bin/pip install -r requirements-dev.txt && .venv/bin/pytest"


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_example_environment_names_every_setting_once_with_a_meaning() -> None:
    lines = read(".env.example").splitlines()
    named = [line.partition("=")[0] for line in lines if "=" in line and line[0] != "#"]
    assert sorted(named) == sorted(NAMES)
    for before, line in pairwise(lines):
        if line.partition("=")[0] in NAMES:
            assert before.startswith("# ")


def test_the_settings_page_names_every_setting_and_no_other() -> None:
    named = re.findall(r"^\| `([A-Z_]+)` \|", read("docs/settings.md"), re.MULTILINE)
    assert sorted(named) == sorted(NAMES)


def test_the_readme_has_the_two_commands() -> None:
    readme = read("README.md").splitlines()
    assert RUN in readme
    assert TEST in readme


def test_the_api_page_names_every_path_and_no_other() -> None:
    described = {
        (verb.upper(), path)
        for path, verbs in create_api().openapi()["paths"].items()
        for verb in verbs
    }
    text = read("docs/api.md")
    written = {
        (verb, path.partition("?")[0])
        for verb, path in re.findall(
            r"\b(GET|POST) (/(?:api|hooks|healthz|readyz|metrics)[^\s`]*)", text
        )
    }
    assert written == described


def codes_in_code() -> set[str]:
    """Slugs of every refusal that the code can raise or answer."""
    raising = (
        r"(?:Refusal|BadInput|NotFound|Conflict|TooMany|RefusedByMpesa|Unavailable)\(\s*\"(\w+)\""
    )
    answering = r"(?:\berror|_problem)\(\s*\d{3},\s*\"(\w+)\""
    found: set[str] = set()
    for file in (ROOT / "payment_app").rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        found |= set(re.findall(raising, text)) | set(re.findall(answering, text))
    return found


def test_every_error_code_is_explained() -> None:
    codes = codes_in_code()
    assert len(codes) > 20, "the search for codes has gone blind"
    explained = set(re.findall(r"`(\w+)`", read("docs/api.md")))
    assert codes - explained == set()


@pytest.mark.parametrize("status", PaymentStatus)
def test_every_status_is_explained(status: PaymentStatus) -> None:
    assert f"`{status}`" in read("docs/api.md")
    assert f"`{status}`" in read("docs/architecture.md")


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        if not target.startswith("https://"):
            assert (page.parent / target).exists(), target
