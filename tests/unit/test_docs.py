"""The documentation says what the code does."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from payment_app.api import errors
from payment_app.api.app import create_api
from payment_app.cli import main
from payment_app.daraja import RESULT_CODES
from payment_app.domain.lifecycle import PaymentStatus
from payment_app.services.payments.results import claimed_status
from payment_app.settings import Settings, load_settings

ROOT = Path(__file__).parents[2]
DOCS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")])
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


def test_the_example_environment_is_safe_to_copy_as_it_is() -> None:
    example = load_settings(env_file=str(ROOT / ".env.example"))
    assert example == load_settings(env_file=None)
    assert example.simulated


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


def table(page: str, title: str) -> set[str]:
    """What stands in backticks in the first column of the tables below a heading."""
    below = re.split(rf"^#+ {title}$", read(page), flags=re.MULTILINE)[1]
    section = re.split(r"^#", below, flags=re.MULTILINE)[0]
    cells = re.findall(r"^\| ([^|]+) \|", section, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


def api_routers() -> list[Path]:
    """The modules that hold routes for programs."""
    return [p for p in (ROOT / "payment_app/api").glob("*.py") if "APIRouter(" in p.read_text()]


FOR_STAFF = re.compile(
    r"/services/(payments/cases|bookings/(management|import_csv)|search/export)\.py"
    r"|/services/(staff|console|books)/|/api/staff/|/web/"
)
"""What serves staff and their pages, who see sentences: callers of the API meet none of it."""


def codes_in_code() -> set[str]:
    """Slugs of every refusal that the code can raise or answer."""
    raising = (
        r"(?:Refusal|BadInput|NotFound|Conflict|TooMany|RefusedByMpesa|Unavailable)\(\s*\"(\w+)\""
    )
    answering = r"(?:\berror|\bproblem)\(\s*\d{3},\s*\"(\w+)\""
    found: set[str] = set()
    used = "".join(read(str(p.relative_to(ROOT))) for p in api_routers())
    assert not re.search(
        r"\.cases|services\.(staff|console|books|bookings\.(management|import_csv))\b", used
    )
    for file in (ROOT / "payment_app").rglob("*.py"):
        if FOR_STAFF.search(f"/{file.relative_to(ROOT).as_posix()}"):
            continue
        text = file.read_text(encoding="utf-8")
        found |= set(re.findall(raising, text)) | set(re.findall(answering, text))
    made = 'f"invalid_{'  # the names are those of the parameters, which the API page lists
    assert made in read("payment_app/services/search/reading/parse.py") + read(
        "payment_app/api/payments.py"
    )
    return found | {"invalid_from", "invalid_to", "http_error"} | set(errors._SLUGS.values())


def test_every_error_code_is_explained() -> None:
    codes = codes_in_code()
    assert len(codes) > 20, "the search for codes has gone blind"
    assert table("docs/api.md", "Error codes") == codes


@pytest.mark.parametrize("status", PaymentStatus)
def test_every_status_is_explained(status: PaymentStatus) -> None:
    assert f"`{status}`" in read("docs/architecture.md")


def test_the_api_page_has_the_statuses_and_no_others() -> None:
    assert table("docs/api.md", "Statuses") == set(PaymentStatus)


def test_every_result_code_leads_where_the_api_page_says() -> None:
    rows = re.findall(r"^\| ([^|]+) \| `(\w+)` \|$", read("docs/api.md"), re.MULTILINE)
    written = {code: status for codes, status in rows for code in codes.split(", ")}
    known = {code: str(claimed_status(code)) for code in RESULT_CODES if code != "4999"}
    assert {code: written.get(code) for code in known} == known


def test_the_commands_of_the_docs_are_those_of_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    offered = set(re.findall(r"^    ([\w-]+)", capsys.readouterr().out, re.MULTILINE))
    written = {
        command
        for page in DOCS
        for command in re.findall(
            r"python -m payment_app ([\w-]+)", page.read_text(encoding="utf-8")
        )
    }
    assert written == offered


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target, anchor in re.findall(r"\]\(([^)#]*)#?([^)]*)\)", text):
        if not target.startswith("https://"):
            file = page.parent / target if target else page
            assert file.exists(), target
            assert not anchor or anchor in anchors(file), f"{target}#{anchor}"


def test_contributing_leads_to_files_that_exist() -> None:
    text = read("docs/contributing.md")
    named = re.findall(r"`((?:payment_app|tests|docs|\.ci|\.env)[\w./-]*)`", text)
    assert len(named) > 50, "the search for paths has gone blind"
    assert [path for path in named if not (ROOT / path).exists()] == []


def anchors(page: Path) -> set[str]:
    """The addresses of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title).lower().replace(" ", "-") for title in titles}


def test_every_test_that_the_security_page_names_is_there() -> None:
    rows = [row for row in read("docs/security.md").splitlines() if "`tests/" in row]
    assert len(rows) > 10
    for row in rows:
        files = re.findall(r"`(tests/[\w/]+\.py)`", row)
        there = "".join(read(file) for file in files)
        for name in re.findall(r"`(test_\w+)`", row):
            assert f"def {name}(" in there, f"{name} is not in {files}"
