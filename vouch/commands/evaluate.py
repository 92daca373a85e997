"""`vouch eval`: how good retrieval and answers are on a set of questions."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("eval")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--json", "json_path", type=click.Path(dir_okay=False, path_type=Path), help="Write the result."
)
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the scratch index in this folder; a later run over the same corpus is then quick.",
)
@click.option("--no-floor", is_flag=True, help="Leave out the plain dense retrieval it must beat.")
def evaluate(folder: Path, json_path: Path | None, keep: Path | None, no_floor: bool) -> None:
    """Ingest FOLDER/corpus into a scratch index and score FOLDER/questions.jsonl on it."""
    from core.settings import load_settings
    from core.telemetry import configure_logging
    from vouch.evaluating import evaluate_folder

    settings = load_settings()
    configure_logging(settings.telemetry.model_copy(update={"log_level": "warning"}))
    evaluate_folder(
        folder, settings=settings, json_path=json_path, keep=keep, with_floor=not no_floor
    )
