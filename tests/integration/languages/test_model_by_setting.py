"""Another embedding model, here a multilingual one, is a matter of settings alone."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from core.generations import GenerationMismatch
from core.settings import EmbeddingSettings, SearchSettings, ServerSettings, Settings
from retrieval.embedders.contract import load_embedder
from tests.integration.conftest import start_vouch
from tests.integration.languages.static_model import DIMENSION, save_static_model
from vouch.embedded import Embedded

_DOCUMENTS = Path(__file__).parents[3] / "examples" / "languages" / "corpus"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("models") / "static"
    texts = [path.read_text("utf-8") for path in sorted(_DOCUMENTS.glob("*/*.md"))]
    save_static_model(folder, texts)
    return folder


def test_documents_in_three_languages_are_found_by_the_models_vectors_alone(
    model: Path, tmp_path: Path
) -> None:
    settings = Settings(
        data_dir=tmp_path,
        server=ServerSettings(port=0),
        embedding=EmbeddingSettings(model=str(model)),
        search=SearchSettings(mode="dense"),
    )
    with ExitStack() as stack:
        vouch = start_vouch(settings, stack)
        run = vouch.sync(vouch.register(_DOCUMENTS))
        assert run["failed"] == 0
        assert str(model) in vouch.admin.get("/v1/generation")["embedder"]
        assert vouch.found_paths("Anspruch auf 30 Tage Jahresurlaub")[0].endswith("/urlaub.md")
        assert vouch.found_paths("personas con carné vigente")[0].endswith("/almacen.md")
        assert vouch.found_paths("提前三天通知，转正以后")[0].endswith("/离职.md")


def test_index_of_another_model_is_refused_with_what_to_do(model: Path, tmp_path: Path) -> None:
    with Embedded(Settings(data_dir=tmp_path)):
        pass
    other = Settings(data_dir=tmp_path, embedding=EmbeddingSettings(model=str(model)))
    with pytest.raises(GenerationMismatch, match="ingest again"):
        Embedded(other)


def test_prefixes_go_before_questions_and_passages_and_the_second_names_the_index(
    model: Path,
) -> None:
    plain = load_embedder(EmbeddingSettings(model=str(model)))
    prefixed = load_embedder(
        EmbeddingSettings(model=str(model), query_prefix="Tage ", passage_prefix="Urlaub ")
    )
    assert plain.dimension == DIMENSION
    assert prefixed.name == f"{plain.name} after 'Urlaub '"
    assert prefixed.max_tokens < plain.max_tokens
    np.testing.assert_allclose(
        prefixed.encode_query("nehmen").dense, plain.encode_query("Tage nehmen").dense, atol=1e-6
    )
    np.testing.assert_allclose(
        prefixed.embed_passages(["nehmen"]), plain.embed_passages(["Urlaub nehmen"]), atol=1e-6
    )
    np.testing.assert_allclose(
        prefixed.encode_passages(["nehmen"])[0].dense,
        plain.encode_query("Urlaub nehmen").dense,
        atol=1e-6,
    )
