"""What can go wrong between a client and the server."""

from __future__ import annotations

from typing import Any

import httpx

from core.errors import ConfigurationError, RequestError


class ApiProblem(RequestError):
    """The server refused; `detail` is what it said, `problem` the whole object."""

    def __init__(self, problem: dict[str, Any]) -> None:
        errors = "".join(f" {e['pointer']}: {e['detail']}" for e in problem.get("errors", []))
        super().__init__(f"{problem.get('detail', 'The server refused the request.')}{errors}")
        self.problem = problem


class NoServer(ConfigurationError):
    """Nothing answers at the URL, or no longer."""

    title = "No server"


def no_server(url: str, error: httpx.TransportError) -> NoServer:
    """The error for a connection that could not be made, or broke."""
    return NoServer(f"No server answers at {url}: {type(error).__name__}. Is `vouch up` running?")


def body_of(response: httpx.Response) -> Any:
    """What a reply says that has been read; None where it is empty. Raises ApiProblem."""
    if response.is_error:
        raise ApiProblem(problem_of(response))
    return response.json() if response.content else None


def problem_of(response: httpx.Response) -> dict[str, Any]:
    """What a refusal says; its body has been read."""
    try:
        problem = response.json()
    except ValueError:
        problem = None
    if isinstance(problem, dict):
        return problem
    return {"detail": f"The server answered {response.status_code} without saying why."}
