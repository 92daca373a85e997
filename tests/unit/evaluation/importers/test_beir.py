from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from core.errors import ConfigurationError
from evaluation.importers.importing import import_set
from tests.unit.evaluation.importers.files import imported, texts, write_lines

_CORPUS: list[dict[str, object]] = [
    {"_id": "doc1", "title": "Albert Einstein", "text": "A physicist.", "metadata": {}},
    {"_id": "doc2", "title": "", "text": "E = mc² is a <formula>."},
    {"_id": "MED-10", "title": "Statins", "text": "Para one.\n\nPara two."},
    {"_id": "doc4", "title": "Empty", "text": " "},
]
_QUERIES: list[dict[str, object]] = [
    {"_id": "q1", "text": "Who was Einstein?", "metadata": {}},
    {"_id": "q2", "text": "What do statins do?"},
    {"_id": "q3", "text": "Nothing relevant?"},
    {"_id": "q4", "text": "Not in this split?"},
    {"_id": "q5", "text": "Only lost documents?"},
]
_TEST = """query-id corpus-id score
q1 doc1 1
q1 doc2 2
q1 gone 1
q1 doc1 1
q2 MED-10 1
q2 doc1 0
q3 doc1 0
q5 gone 1
q6 doc1 1
""".replace(" ", "\t")


@pytest.fixture
def beir(tmp_path: Path) -> Path:
    folder = tmp_path / "beir"
    write_lines(folder / "corpus.jsonl", _CORPUS)
    write_lines(folder / "queries.jsonl", _QUERIES)
    (folder / "qrels").mkdir()
    (folder / "qrels" / "test.tsv").write_text(_TEST)
    (folder / "qrels" / "train.tsv").write_text("query-id\tcorpus-id\tscore\nq4\tdoc2\t1\n")
    return folder


def test_judged_queries_become_questions_with_alternatives(beir: Path, tmp_path: Path) -> None:
    loaded, summary = imported("beir", beir, tmp_path)
    first, second = loaded.questions
    assert (first.id, first.question, first.gold) == (
        "q1",
        "Who was Einstein?",
        ("doc1.html", "doc2.txt"),
    )
    assert not first.needs_every_gold
    assert second.id == "q2"
    assert len(second.gold) == 1
    assert re.fullmatch(r"MED-10~[0-9a-f]{16}\.html", second.gold[0])
    assert (summary.documents, summary.questions, summary.unanswerable) == (3, 2, 0)


def test_what_is_left_out_is_counted_by_reason(beir: Path, tmp_path: Path) -> None:
    _, summary = imported("beir", beir, tmp_path)
    assert summary.left_out == {
        "judgement about a document that the corpus lacks": 2,
        "document without text": 1,
        "question without a relevant document": 1,
        "question that the split does not name": 1,
        "question whose relevant documents the corpus lacks": 1,
        "judged query that the queries lack": 1,
    }


def test_split_can_be_chosen(beir: Path, tmp_path: Path) -> None:
    loaded, _ = imported("beir", beir, tmp_path, split="train")
    assert [question.id for question in loaded.questions] == ["q4"]


def test_documents_keep_title_and_text(beir: Path, tmp_path: Path) -> None:
    loaded, _ = imported("beir", beir, tmp_path)
    corpus = texts(loaded)
    assert corpus["doc2.txt"] == "E = mc² is a <formula>."
    assert "<title>Albert Einstein</title>" in corpus["doc1.html"]
    statins = next(text for path, text in corpus.items() if path.startswith("MED-10~"))
    assert "<p>Para one.</p>\n<p>Para two.</p>" in statins


def test_packed_files_and_numbers_for_ids_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "beir"
    (folder / "qrels").mkdir(parents=True)
    (folder / "qrels" / "dev.tsv").write_text("7\t3\t1\n")
    for name, line in (
        ("corpus", '{"_id": 3, "text": "Three."}'),
        ("queries", '{"_id": 7, "text": "Seven?"}'),
    ):
        (folder / f"{name}.jsonl.gz").write_bytes(gzip.compress(line.encode()))
    loaded, _ = imported("beir", folder, tmp_path)
    assert [(q.id, q.gold) for q in loaded.questions] == [("7", ("3.txt",))]


def test_no_id_leads_out_of_the_corpus(tmp_path: Path) -> None:
    ids = [
        "../../x",
        "/etc/passwd",
        "..",
        "a/b",
        "a\\b",
        "A-B",
        "a-b",
        "é",
        "x\x00y",
        "",
        "a" * 999,
    ]
    folder = tmp_path / "beir"
    write_lines(
        folder / "corpus.jsonl",
        ({"_id": each, "title": "T", "text": f"Text {i}."} for i, each in enumerate(ids) if each),
    )
    write_lines(folder / "queries.jsonl", [{"_id": "q", "text": "Which?"}])
    (folder / "qrels").mkdir()
    (folder / "qrels" / "test.tsv").write_text("q\t../../x\t1\n")
    before = {path for path in tmp_path.rglob("*") if "imported" not in path.parts}
    loaded, summary = imported("beir", folder, tmp_path)
    assert {path for path in tmp_path.rglob("*") if "imported" not in path.parts} == before
    assert loaded.corpus is not None
    assert summary.documents == len(texts(loaded)) == len(ids) - 1
    assert all(path.parent == loaded.corpus for path in loaded.corpus.iterdir())
    assert "Text 0." in (loaded.corpus / loaded.questions[0].gold[0]).read_text()


def test_same_id_twice_keeps_the_first_text_and_is_counted(beir: Path, tmp_path: Path) -> None:
    write_lines(beir / "corpus.jsonl", [*_CORPUS, _CORPUS[0], {"_id": "doc2", "text": "Other."}])
    loaded, summary = imported("beir", beir, tmp_path)
    assert texts(loaded)["doc2.txt"] == "E = mc² is a <formula>."
    assert summary.left_out["document with another text under an id that came before"] == 1
    assert summary.documents == 3


@pytest.mark.parametrize(
    ("file", "line", "problem"),
    [
        ("corpus.jsonl", "{", r"corpus\.jsonl, line 5: not JSON"),
        ("corpus.jsonl", "[]", r"corpus\.jsonl, line 5: a JSON object was expected, not list"),
        ("corpus.jsonl", '{"_id": "x"}', r"corpus\.jsonl, line 5: text: Field required"),
        ("queries.jsonl", '{"text": "x"}', r"queries\.jsonl, line 6: _id: Field required"),
        ("qrels/test.tsv", "q1 doc1 1", r"test\.tsv, line 11: .*tabs, not 1 fields"),
        ("qrels/test.tsv", "q1\tdoc1\tyes", r"test\.tsv, line 11: the score 'yes' is no number"),
        ("qrels/test.tsv", "q1\t\t1", r"test\.tsv, line 11: .*is missing"),
    ],
)
def test_bad_line_is_named_and_nothing_is_left_behind(
    beir: Path, tmp_path: Path, file: str, line: str, problem: str
) -> None:
    with (beir / file).open("a") as stream:
        stream.write(line + "\n")
    with pytest.raises(ConfigurationError, match=problem):
        import_set("beir", beir, tmp_path / "imported")
    assert [path.name for path in tmp_path.iterdir()] == ["beir"]


def test_missing_file_is_named_with_what_is_there(beir: Path, tmp_path: Path) -> None:
    (beir / "qrels" / "test.tsv").rename(beir / "qrels" / "dev.tsv")
    with pytest.raises(ConfigurationError, match=r"dev\.tsv, train\.tsv\. Choose with --split"):
        import_set("beir", beir, tmp_path / "imported")


def test_folder_that_holds_something_is_left_alone(beir: Path, tmp_path: Path) -> None:
    target = tmp_path / "imported"
    target.mkdir()
    (target / "mine.txt").write_text("mine")
    with pytest.raises(ConfigurationError, match="is there already"):
        import_set("beir", beir, target)
    assert [path.name for path in target.iterdir()] == ["mine.txt"]


def test_import_without_a_single_question_says_why(beir: Path, tmp_path: Path) -> None:
    (beir / "qrels" / "test.tsv").write_text("q1\tgone\t1\n")
    with pytest.raises(ConfigurationError, match="4 × question that the split does not name"):
        import_set("beir", beir, tmp_path / "imported")


def test_progress_counts_documents_and_questions(beir: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    import_set("beir", beir, tmp_path / "imported", on_progress=lambda *counts: seen.append(counts))
    assert seen == [(1, 0), (2, 0), (3, 0), (3, 1), (3, 2)]
