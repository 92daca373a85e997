"""`vouch eval draft` and `accept`: questions that a model drafts, for a person to accept."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option(
    "--documents",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Draft from the files in this folder: the corpus of the set to be.",
)
@click.option("--server", "url", help="Draft from what this server finds for --about.")
@click.option("--api-key", envvar="VOUCH_API_KEY", help="For --server; by default VOUCH_API_KEY.")
@click.option("--about", multiple=True, help="A topic to search the server for; may be repeated.")
@click.option("--count", type=click.IntRange(min=1), default=20, show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
def draft(
    documents: Path | None,
    url: str | None,
    api_key: str | None,
    about: tuple[str, ...],
    count: int,
    out: Path,
) -> None:
    """Let the model at VOUCH_JUDGE__URL draft COUNT questions, and write them to OUT.

    With an OUT that is there already, so many are added, of other passages. A draft is no question
    of any set until a person has accepted it: `vouch eval accept`.
    """
    from core.settings import load_settings
    from core.telemetry import configure_logging
    from evaluation.drafting.drafts import DraftFile
    from evaluation.language_model.choice import load_model
    from vouch.draft_passages import passages_of_folder, passages_of_server
    from vouch.drafting import draft_into

    if (documents is None) == (url is None):
        raise click.UsageError("Give either --documents or --server.")
    if url is not None and not (api_key and about):
        raise click.UsageError("--server needs --about, and --api-key or VOUCH_API_KEY.")
    if documents is not None and about:
        raise click.UsageError("--about is for --server: of a folder every file is read.")
    settings = load_settings()
    configure_logging(settings.telemetry.model_copy(update={"log_level": "warning"}))
    model = load_model(settings.judge)
    drafts = DraftFile.open_or_begin(out)
    if documents is not None:
        passages = passages_of_folder(documents, settings)
    else:
        passages = passages_of_server(url or "", api_key=api_key or "", topics=about)
    draft_into(drafts, passages, model, wanted=count, concurrency=settings.judge.concurrency)
    click.echo(f"Written: {out}")


@click.command()
@click.argument("drafts", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--out",
    "set_folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="The folder of the evaluation set: accepted questions go into its questions.jsonl.",
)
@click.option("--accept-ids", multiple=True, metavar="ID", help="Accept this one; may be repeated.")
@click.option("--all", "is_all", is_flag=True, help="Accept all that are not decided, unseen.")
def accept(drafts: Path, set_folder: Path, accept_ids: tuple[str, ...], is_all: bool) -> None:
    """Go through DRAFTS one by one: accept, reject or edit each, skip it, or quit.

    Decisions are kept in DRAFTS: the same command goes on with what is not decided.
    """
    from evaluation.drafting.accepting import DraftReview
    from evaluation.drafting.drafts import DraftFile
    from vouch.drafting import accept_ids as accept_by_id
    from vouch.drafting import review_drafts

    if is_all and accept_ids:
        raise click.UsageError("Give either --accept-ids or --all.")
    file = DraftFile.open(drafts)
    review = DraftReview(file, set_folder=set_folder)
    if is_all or accept_ids:
        wanted = accept_ids or tuple(draft.id for draft in file.undecided)
        accept_by_id(file, review, wanted)
    else:
        review_drafts(file, review)
    statuses = [draft.status for draft in file.drafts.values()]
    click.echo(
        f"{statuses.count('accepted')} accepted, {statuses.count('rejected')} rejected, "
        f"{statuses.count('draft')} not decided."
    )
