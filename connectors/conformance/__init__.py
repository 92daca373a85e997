"""What every connector must pass, published for the packages that bring their own."""

from connectors.conformance.faults import Fault
from connectors.conformance.kit import ConnectorConformance

__all__ = ["ConnectorConformance", "Fault"]
