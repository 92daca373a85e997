"""What LlamaIndex's classes become, and when they are imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from llama_index.core.llms import ChatMessage
from llama_index.core.vector_stores import (
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
)

import vouch.client
from vouch.client.llama_index.conversation import to_messages
from vouch.client.llama_index.filters import to_filters

_REPOSITORY = Path(__file__).parents[4]


def run(program: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program]
    return subprocess.run(
        command, cwd=_REPOSITORY, capture_output=True, text=True, check=False, timeout=60
    )


def test_llama_index_is_imported_only_for_its_classes() -> None:
    program = "import sys, vouch.client; assert 'llama_index' not in sys.modules"
    assert run(program).returncode == 0


def test_missing_llama_index_is_named_with_what_installs_it() -> None:
    without = "import sys; sys.modules['llama_index'] = None; from vouch.client import VouchClient"
    assert run(without).returncode == 0
    refused = run(f"{without}, VouchRetriever")
    assert refused.returncode == 1
    assert "ImportError: VouchRetriever needs LlamaIndex." in refused.stderr
    assert "pip install 'vouch[llama-index]'" in refused.stderr


def test_unknown_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="VouchReader"):
        _ = vouch.client.VouchReader


def test_filters_are_the_apis() -> None:
    wanted = MetadataFilters(
        filters=[
            MetadataFilter(key="source", value="wiki"),
            MetadataFilter(key="mime", operator=FilterOperator.IN, value=["text/html"]),
            MetadataFilter(key="path_prefix", value="policies/"),
            MetadataFilter(key="updated_at", operator=FilterOperator.GTE, value="2026-01-01"),
            MetadataFilter(key="updated_at", operator=FilterOperator.LTE, value="2026-12-31"),
        ]
    )
    assert to_filters(wanted) == {
        "sources": ["wiki"],
        "mimes": ["text/html"],
        "path_prefix": "policies/",
        "updated_from": "2026-01-01",
        "updated_to": "2026-12-31",
    }
    assert to_filters(None) == {}


_WIKI = MetadataFilter(key="source", value="wiki")


@pytest.mark.parametrize(
    "wanted",
    [
        MetadataFilters(filters=[MetadataFilter(key="author", value="Ana")]),
        MetadataFilters(
            filters=[MetadataFilter(key="source", operator=FilterOperator.NE, value="wiki")]
        ),
        MetadataFilters(
            filters=[MetadataFilter(key="source", operator=FilterOperator.IN, value=[])]
        ),
        MetadataFilters(filters=[MetadataFilter(key="updated_at", value="2026-01-01")]),
        MetadataFilters(filters=[_WIKI, MetadataFilter(key="source", value="handbook")]),
        MetadataFilters(filters=[_WIKI], condition=FilterCondition.NOT),
        MetadataFilters(filters=[MetadataFilters(filters=[_WIKI])]),
    ],
    ids=["key", "operator", "nothing", "equal date", "twice", "not", "nested"],
)
def test_filter_that_the_api_has_not_is_refused(wanted: MetadataFilters) -> None:
    with pytest.raises(ValueError, match="Vouch filters by `source`"):
        to_filters(wanted)


def test_conversation_is_what_was_said_last() -> None:
    said = [
        ChatMessage(role="system", content="Answer briefly."),
        *(ChatMessage(role="user", content=f"Question {number}") for number in range(60)),
        ChatMessage(role="assistant", content="a" * 30_000),
        ChatMessage(role="tool", content="found"),
        ChatMessage(role="assistant", content=""),
    ]
    messages = to_messages(said)
    assert len(messages) == 50
    assert messages[-2] == {"role": "user", "content": "Question 59"}
    assert messages[-1] == {"role": "assistant", "content": "a" * 20_000}
