"""Mutation test: small changes to the rules, each of which some test must notice.

    pip install mutmut
    python -m tests.reliability.mutate domain        # some minutes
    python -m tests.reliability.mutate settlement    # longer: each mutant meets a database

Works on a copy of the project and prints every mutant that no test killed.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
MUTMUT = Path(sys.executable).with_name("mutmut")
KINDS = {
    "domain": ("payment_app/domain/*.py", ["tests/unit/domain"]),
    "settlement": (
        "payment_app/services/payments/settlement.py",
        ["tests/reliability", "tests/integration"],
    ),
}
FILES = {
    "reliability": "__init__ simulated virtual_time truth test_agreement test_settlement_rules",
    "integration": "__init__ conftest world kit test_settlement",
}


def configuration(kind: str) -> str:
    """The section of pyproject.toml that mutmut reads."""
    mutate, tests = KINDS[kind]
    return (
        "\n[tool.mutmut]\n"
        'source_paths = ["payment_app"]\n'
        f'only_mutate = ["{mutate}"]\n'
        f'pytest_add_cli_args = ["-pno:cacheprovider", "-q", "--tb=no", "-knot postgresql"]\n'
        f"pytest_add_cli_args_test_selection = {json.dumps(tests)}\n"
        "timeout_constant = 30.0\n"
    )


def copy_project(folder: Path, kind: str) -> None:
    """What the mutants need, and nothing else."""
    shutil.copytree(ROOT / "payment_app", folder / "payment_app")
    (folder / "tests/unit").mkdir(parents=True)
    for name in ("__init__.py", "conftest.py", "chromium.py", "unit/__init__.py"):
        shutil.copy(ROOT / "tests" / name, folder / "tests" / name)
    if kind == "domain":
        shutil.copytree(ROOT / "tests/unit/domain", folder / "tests/unit/domain")
    else:
        for part, names in FILES.items():
            (folder / "tests" / part).mkdir()
            for name in names.split():
                shutil.copy(ROOT / f"tests/{part}/{name}.py", folder / "tests" / part)
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (folder / "pyproject.toml").write_text(settings + configuration(kind), encoding="utf-8")


def main(kind: str) -> int:
    """Run mutmut; 1 when mutants are left."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy_project(folder, kind)
        subprocess.run([MUTMUT, "run"], cwd=folder, check=False)
        results = subprocess.run(
            [MUTMUT, "results"], cwd=folder, check=False, capture_output=True, text=True
        ).stdout
        left = [line.split(":")[0].strip() for line in results.splitlines() if line.strip()]
        for mutant in left:
            subprocess.run([MUTMUT, "show", mutant], cwd=folder, check=False)
        print(f"\n{len(left)} mutants are left.")
        return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "domain"))
