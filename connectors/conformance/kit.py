"""What every connector must pass. Subclass `ConnectorConformance` in your own tests.

    class TestMyConnector(ConnectorConformance):
        faults = frozenset(Fault)

        @pytest.fixture(autouse=True)
        def _world(self, my_server: MyServer) -> Iterator[None]:
            self.system = my_server.new_folder()  # pytest makes one instance, so one world, a test
            with HttpFaultProxy(my_server.url) as self.proxy:
                yield

        def make_connector(self, *, max_file_bytes: int | None = None) -> Connector:
            ...

        def inject(self, fault: Fault, *, after: int = 0) -> None:
            self.proxy.inject(fault, after=after)

Pages should be small in the configuration that the tests use, or nothing is tested of paging.
Needs pytest, and is imported by tests alone.
"""

from __future__ import annotations

from connectors.conformance.access import AccessTests
from connectors.conformance.changes import ChangeTests
from connectors.conformance.configuration import ConfigurationTests
from connectors.conformance.disturbances import DisturbanceTests
from connectors.conformance.documents import DocumentTests
from connectors.conformance.listings import ListingTests
from connectors.conformance.resumption import ResumptionTests
from connectors.conformance.scale import ScaleTests


class ConnectorConformance(
    ConfigurationTests,
    ListingTests,
    DocumentTests,
    ResumptionTests,
    ChangeTests,
    AccessTests,
    DisturbanceTests,
    ScaleTests,
):
    """The contract in `connectors.contract`, as tests over a world that the subclass holds.

    What to provide is said in `connectors.conformance.world.World`.
    """
