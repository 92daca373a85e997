"""Loading a cross-encoder of sentence-transformers: a local path or a hub id."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.errors import ConfigurationError
from retrieval.model_threads import let_waiting_threads_sleep

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

_CLASSIFICATION = "sequence-classification"


def load_cross_encoder(
    model_path: str, *, purpose: str, setting: str, misconfigured: type[ConfigurationError]
) -> CrossEncoder:
    """`purpose` is what the model was trained for, such as "ranking", and `setting` names it.

    Raises `misconfigured` where it cannot be loaded, or was saved without a layer that gives
    scores: sentence-transformers loads any model, and gives one without that layer a random one.
    """
    let_waiting_threads_sleep()
    # Imported here: it takes seconds and hundreds of megabytes that other commands do not need.
    from sentence_transformers import CrossEncoder
    from transformers.utils import logging as transformers_logging

    # Its bar for loading weights would stand in the way of ours.
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # no hints
    try:
        model: CrossEncoder = CrossEncoder(model_path, device="cpu")
    except (OSError, ValueError) as error:
        raise misconfigured(
            f"The cross-encoder {model_path!r} cannot be loaded. Set {setting} to a folder with a "
            f"cross-encoder for {purpose}, or to the id of one on a model hub; with "
            "HF_HUB_OFFLINE=0 it may be downloaded from there.",
            operator_detail=str(error),
        ) from error
    is_classifier = getattr(model[0], "transformer_task", None) == _CLASSIFICATION
    architectures: Sequence[str] = getattr(model.config, "architectures", None) or ()
    if is_classifier and not any("SequenceClassification" in name for name in architectures):
        raise misconfigured(
            f"The model {model_path!r} is no cross-encoder: it was saved without a layer that "
            f"gives a score. Set {setting} to a cross-encoder for {purpose}."
        )
    return model
