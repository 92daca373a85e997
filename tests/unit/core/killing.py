"""Killing a process at every line of the code under test, one process for each line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection
from types import FrameType
from typing import Any

_KILLED = 9
_FAILED = 1
_LONGEST = 5_000


def kill_at_line(number: int, action: Callable[[], object], *, of: Collection[str]) -> bool:
    """Run the action in a child that dies before its line `number`, counted from 0 over these
    modules. No `finally` runs in it, as with SIGKILL. Whether the child died; False: it was done.
    """
    child = os.fork()
    if child == 0:
        status = _FAILED
        try:
            sys.settrace(_Countdown(number, of))
            action()
            status = 0
        finally:
            os._exit(status)
    _, ended = os.waitpid(child, 0)
    status = os.waitstatus_to_exitcode(ended)
    assert status in (0, _KILLED), f"the action failed by itself before line {number}"
    return status == _KILLED


def each_moment() -> range:
    """Numbers for `kill_at_line`; leave the loop when it says that the action was done."""
    return range(_LONGEST)


class _Countdown:
    """A trace function that ends the process."""

    def __init__(self, number: int, modules: Collection[str]) -> None:
        self._left = number
        self._modules = modules

    def __call__(self, frame: FrameType, event: str, _: Any) -> _Countdown | None:
        if frame.f_globals.get("__name__") not in self._modules:
            return None
        if event == "line":
            if self._left == 0:
                os._exit(_KILLED)
            self._left -= 1
        return self
