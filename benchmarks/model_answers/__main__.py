"""Asks a set's questions of Vouch with a real language model behind it, and says what came back.

    python -m benchmarks.model_answers SET --gguf FILE --sha256 HEX
        [--corpus FOLDER] [--style markers|json] [--every N] [--limit N] [--top-k N] [--show]

Starts llama.cpp's server on the file (`pip install 'vouch[local-llm]'`), and Vouch on the set's
documents with that server as its `large` tier. Every N-th question is asked, from the first one on.
Without --style the model is probed and asked as it does better, like any endpoint. What was asked
is kept below --folder: a run that is cut off goes on where it was when it is started again.

Besides the run, NAME.replies.jsonl holds what the model was given and what it replied.
"""

from __future__ import annotations

import argparse
import json
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from benchmarks.local_model.server import LocalModel, local_model
from benchmarks.model_answers.asking import Asker
from benchmarks.model_answers.exchanges import Exchange, recorded_exchanges
from benchmarks.model_answers.report import print_report, print_result
from benchmarks.model_answers.scoring import scored
from core.settings import AnswerSettings, ModelsSettings, Settings
from evaluation.code_version import code_version
from evaluation.runner import summarise
from evaluation.runs import PartialRun, Run, RunInfo, RunStore
from evaluation.sets import EvaluationSet, Question, load_evaluation_set
from serving.answering.writing.probe import probe
from serving.models.tier import Style, load_tiers
from vouch.scratch_index import corpus_served

_MAX_REPLY_TOKENS = 300
_DEADLINE_S = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    set: EvaluationSet
    questions: tuple[Question, ...]
    gguf: Path
    sha256: str
    style: Style | None
    top_k: int
    context_tokens: int
    folder: Path
    is_shown: bool


def main() -> None:
    options = _options()
    with ExitStack() as stack:
        model = stack.enter_context(
            local_model(options.gguf, sha256=options.sha256, context_tokens=options.context_tokens)
        )
        style = options.style or _probed_style(model)
        settings = Settings(
            models=ModelsSettings(
                large=model.tier(style=style, max_tokens=_MAX_REPLY_TOKENS),
                deadline_s=_DEADLINE_S,
            ),
            answer=AnswerSettings(top_k=options.top_k),
        )
        store = RunStore(options.folder / "runs")
        partial = _partial_run(store, options, style)
        index = options.folder / "indexes" / options.set.name
        api = stack.enter_context(corpus_served(options.set, settings, index))
        exchanges = stack.enter_context(recorded_exchanges())
        replies = store.path(partial.info.name).with_suffix(".replies.jsonl")
        _ask_all(options, Asker(api.url, api_key=api.api_key), partial, exchanges, replies)
    run = Run.of(partial.info, summarise([partial.done[q.id] for q in options.questions]))
    store.save(run)
    print_report(run, Console(width=200))


def _ask_all(
    options: _Options,
    asker: Asker,
    partial: PartialRun,
    exchanges: list[Exchange],
    replies: Path,
) -> None:
    for number, question in enumerate(options.questions, start=1):
        if question.id in partial.done:
            continue
        exchanges.clear()
        asked = asker.ask(question)
        result = scored(
            question,
            asked,
            exchanges,
            exact_quotes=asker.exact_quotes(asked, user=question.as_user),
        )
        record = {
            "question": question.model_dump(mode="json"),
            "exchanges": [asdict(exchange) for exchange in exchanges],
            "response": asked.response,
        }
        with replies.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
        partial.add(result)
        print(f"{number}/{len(options.questions)} {question.id} {result.status}", end=" ")
        print(f"{asked.total_s:.0f} s", flush=True)
        if options.is_shown:
            print_result(result)


def _partial_run(store: RunStore, options: _Options, style: Style) -> PartialRun:
    """What an earlier start of the same run had got, if there was one; else a new one."""
    asked = ",".join(question.id for question in options.questions)
    info = RunInfo(
        name=f"{options.set.name}-{options.gguf.stem}-{style}-{len(options.questions)}",
        started_at=datetime.now(UTC),
        set=options.set.identity(),
        configuration={
            "gguf_sha256": options.sha256,
            "style": style,
            "top_k": options.top_k,
            "context_tokens": options.context_tokens,
            "questions": asked,
        },
        code=code_version(),
    )
    if store.path(info.name).with_suffix(".partial.jsonl").exists():
        partial = store.resume(info.name)
        if partial.info.measures_the_same(info):
            print(f"Going on after {len(partial.done)} questions that are done.", flush=True)
            return partial
        print("An unfinished run was of another set, configuration or code: anew.", flush=True)
    store.path(info.name).unlink(missing_ok=True)
    return store.begin(info)


def _probed_style(model: LocalModel) -> Style:
    (tier,) = load_tiers(ModelsSettings(large=model.tier(style="auto")))
    found = probe(tier)
    assert found.failure is None, found.failure
    print(f"Probed: {found.right} of {found.asked}; asked for {found.style}.", flush=True)
    return found.style


def _options() -> _Options:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("set", type=Path)
    parser.add_argument("--corpus", type=Path, help="The set's documents; by default SET/corpus.")
    parser.add_argument("--gguf", type=Path, required=True)
    parser.add_argument("--sha256", required=True, help="Of the file, in hexadecimal.")
    parser.add_argument("--style", choices=("markers", "json"))
    parser.add_argument("--every", type=int, default=1, help="Every so-manieth question.")
    parser.add_argument("--limit", type=int, help="At most so many questions.")
    parser.add_argument("--top-k", type=int, default=3, help="Chunks that the model is given.")
    parser.add_argument("--context-tokens", type=int, default=2048)
    parser.add_argument("--folder", type=Path, default=Path(".vouch/model-answers"))
    parser.add_argument("--show", action="store_true", help="Print each answer.")
    parsed = parser.parse_args()
    evaluation_set = load_evaluation_set(parsed.set, corpus=parsed.corpus)
    return _Options(
        set=evaluation_set,
        questions=evaluation_set.questions[:: parsed.every][: parsed.limit],
        gguf=parsed.gguf,
        sha256=parsed.sha256,
        style=parsed.style,
        top_k=parsed.top_k,
        context_tokens=parsed.context_tokens,
        folder=parsed.folder,
        is_shown=parsed.show,
    )


if __name__ == "__main__":
    main()
