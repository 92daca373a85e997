"""Each test of the kit fails for a connector that has the one defect which it is there to find."""

from __future__ import annotations

import pytest

from connectors import registry
from connectors.conformance import ConnectorConformance, configuration
from tests.unit.connectors.defects import DEFECTS, Defect
from tests.unit.connectors.memory import MemoryConnector, MemorySystem, MemoryWorld


def _register(monkeypatch: pytest.MonkeyPatch, connector_type: type[MemoryConnector]) -> None:
    """As a package's entry point would."""

    def load(kind: str) -> type[MemoryConnector]:
        if kind != "memory":
            raise registry.UnknownConnectorKind(f"There is no {kind}.")
        return connector_type

    for module in (registry, configuration):
        monkeypatch.setattr(module, "load_connector_type", load)


class TestMemoryConnector(MemoryWorld):
    """Without a defect, everything passes: each failure below is the defect's."""

    @pytest.fixture(autouse=True)
    def _world(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.system = MemorySystem()
        _register(monkeypatch, MemoryConnector)


@pytest.mark.parametrize("defect", DEFECTS, ids=str)
def test_defect_is_found(defect: Defect, monkeypatch: pytest.MonkeyPatch) -> None:
    _register(monkeypatch, defect.connector_type)
    world = MemoryWorld()
    world.system = MemorySystem()
    world.connector_type = defect.connector_type
    try:
        getattr(world, defect.test)(**defect.arguments)
    except pytest.skip.Exception as skipped:
        raise AssertionError("the kit did not look") from skipped
    except (Exception, pytest.fail.Exception):  # noqa: BLE001  (whatever would fail a test)
        return
    raise AssertionError("the kit did not notice")


def test_there_is_a_defect_for_every_test_of_the_kit() -> None:
    tests = {name for name in dir(ConnectorConformance) if name.startswith("test_")}
    assert {defect.test for defect in DEFECTS} == tests
