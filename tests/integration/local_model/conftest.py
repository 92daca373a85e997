"""The example company's documents behind a server whose answers a real model writes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.local_model.server import LocalModel, local_model
from core.settings import AnswerSettings, ModelsSettings, ServerSettings, Settings
from serving.models.tier import Style
from tests.integration.conftest import RunningVouch, start_vouch
from tests.local_models import KINDS, MARKER, find_model_file

USER = "ana@acme.test"
_COMPANY = Path(__file__).parents[3] / "examples" / "company"
_PATIENCE_S = 600
_CONTEXT_TOKENS = 2048
MODELS = [pytest.param(kind, marks=getattr(pytest.mark, MARKER)(kind)) for kind in KINDS]
"""For a fixture or a test that needs a model: each one with its marker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVouch:
    """A running server and the real model that writes for it."""

    vouch: RunningVouch
    model: LocalModel

    def answer(self, question: str, **body: Any) -> dict[str, Any]:
        """As any client gets it."""
        with httpx.Client(**self._options()) as client:
            reply = client.post("/v1/answer", json={"question": question, **body})
        assert reply.is_success, reply.text
        answer: dict[str, Any] = reply.json()
        return answer

    @contextmanager
    def stream(self, question: str, **body: Any) -> Iterator[httpx.Response]:
        """The same as a stream; leaving the block hangs up on it."""
        asked = {"question": question, "stream": True, **body}
        with (
            httpx.Client(**self._options()) as client,
            client.stream("POST", "/v1/answer", json=asked) as response,
        ):
            yield response

    def document_text(self, document_id: str) -> str:
        return str(self.vouch.client_for(USER).get(f"/v1/documents/{document_id}")["text"])

    def _options(self) -> dict[str, Any]:
        return {
            "base_url": self.vouch.url,
            "headers": {"Authorization": f"Bearer {self.vouch.admin_key}", "X-Vouch-User": USER},
            "timeout": _PATIENCE_S,
            "trust_env": False,
        }


OpenVouch = Callable[..., AbstractContextManager[ModelVouch]]


@pytest.fixture(scope="package", params=MODELS)
def model(request: pytest.FixtureRequest) -> Iterator[LocalModel]:
    """Each of the two, one after the other."""
    with served_model(request.param, slots=2) as served:
        yield served


@contextmanager
def served_model(
    kind: str, *, slots: int = 1, context_tokens: int = _CONTEXT_TOKENS
) -> Iterator[LocalModel]:
    """The model of this kind on a server of its own."""
    file = find_model_file(kind)
    assert file is not None, "this test was to be left out"
    with local_model(
        file.path, sha256=file.sha256, slots=slots, context_tokens=context_tokens
    ) as served:
        yield served


@pytest.fixture(scope="package")
def open_vouch(tmp_path_factory: pytest.TempPathFactory) -> OpenVouch:
    """Opens a server over the example company, whose documents are read once."""
    folder = tmp_path_factory.mktemp("company")
    indexed = folder / "indexed"
    with ExitStack() as stack:
        vouch = start_vouch(_settings(indexed), stack)
        access = json.loads((_COMPANY.parent / "access.json").read_text())
        for group, users in access["groups"].items():
            vouch.admin.put(f"/v1/groups/{group}", {"users": users})
        source_id = vouch.register(
            _COMPANY, access_rules=[{"glob": "hr/**", "allow": ["group:hr"]}]
        )
        assert vouch.sync(source_id)["state"] == "succeeded"

    @contextmanager
    def opened(
        model: LocalModel, *, style: Style, top_k: int = 3, **tier: Any
    ) -> Iterator[ModelVouch]:
        data = folder / f"data-{len(list(folder.iterdir()))}"
        shutil.copytree(indexed, data)
        models = ModelsSettings(
            large=model.tier(style=style, max_tokens=300, **tier), deadline_s=_PATIENCE_S
        )
        settings = _settings(data, models=models, answer=AnswerSettings(top_k=top_k))
        with ExitStack() as stack:
            yield ModelVouch(vouch=start_vouch(settings, stack), model=model)

    return opened


def _settings(data_dir: Path, **sections: Any) -> Settings:
    return Settings(data_dir=data_dir, server=ServerSettings(port=0), **sections)


@pytest.fixture(scope="package", params=["markers", "json"])
def style(request: pytest.FixtureRequest) -> Style:
    found: Style = request.param
    return found


@pytest.fixture(scope="package")
def written(model: LocalModel, style: Style, open_vouch: OpenVouch) -> Iterator[ModelVouch]:
    with open_vouch(model, style=style) as opened:
        yield opened
