"""Which code made a run."""

from __future__ import annotations

import subprocess
from importlib.metadata import version
from pathlib import Path

from pydantic import BaseModel, ConfigDict

_PACKAGE = "vouch"
_ROOT = Path(__file__).parents[1]


class CodeVersion(BaseModel):
    """The installed package's version, and of a checkout its commit and whether files differ from
    it; both None for a package that is not one.
    """

    model_config = ConfigDict(frozen=True)

    package: str
    commit: str | None = None
    is_dirty: bool | None = None


def code_version() -> CodeVersion:
    """Of the code that is running. Without git, or outside a checkout, there is no commit."""
    # A package installed below somebody else's repository is not of that repository's commits.
    if _git("rev-parse", "--show-toplevel") != str(_ROOT.resolve()):
        return CodeVersion(package=version(_PACKAGE))
    return CodeVersion(
        package=version(_PACKAGE),
        commit=_git("rev-parse", "HEAD"),
        is_dirty=bool(_git("status", "--porcelain")),
    )


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=_ROOT, capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
