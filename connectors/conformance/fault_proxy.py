"""Real local proxies that make a real server's answers go wrong when a test says so."""

from connectors.conformance.http_fault_proxy import HttpFaultProxy, Reply
from connectors.conformance.tcp_fault_proxy import TcpFaultProxy

__all__ = ["HttpFaultProxy", "Reply", "TcpFaultProxy"]
