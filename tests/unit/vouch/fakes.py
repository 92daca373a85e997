"""A client that answers from a script and remembers what it was asked."""

from __future__ import annotations

from typing import Any

from vouch.client import ApiProblem, VouchClient


class FakeClient(VouchClient):
    """Answers each `METHOD path` with the next of its replies; an ApiProblem is raised."""

    def __init__(self, replies: dict[str, list[Any]]) -> None:
        self._replies = {call: list(answers) for call, answers in replies.items()}
        self.calls: list[tuple[str, Any]] = []

    def _call(self, method: str, path: str, **options: Any) -> Any:
        self.calls.append((f"{method} {path}", options.get("json")))
        reply = self._replies[f"{method} {path}"].pop(0)
        if isinstance(reply, ApiProblem):
            raise reply
        return reply

    def sent(self, call: str) -> list[Any]:
        """The bodies of this call, in order."""
        return [body for made, body in self.calls if made == call]
