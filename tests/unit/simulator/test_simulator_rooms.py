"""The simulator's modules import each other in one direction, inside a room as well as between."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

import grimp
import pytest

PACKAGE = "payment_app.simulator"


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    """Module → what it imports of the simulator, for types only included."""
    graph = grimp.build_graph("payment_app")
    modules = {name for name in graph.modules if name.startswith(f"{PACKAGE}.")}
    return {name: graph.find_modules_directly_imported_by(name) & modules for name in modules}


def test_no_circle(imports: dict[str, set[str]]) -> None:
    assert len(imports) > 25
    list(TopologicalSorter(imports).static_order())


def test_a_circle_would_be_found(imports: dict[str, set[str]]) -> None:
    back = {**imports, f"{PACKAGE}.mpesa.exchange": {f"{PACKAGE}.gateway.rail"}}
    with pytest.raises(CycleError):
        list(TopologicalSorter(back).static_order())
