"""The command `study`: reads arguments, calls the library, prints; heavy imports happen inside the commands."""

import gc
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ingest.errors import QuestionRejected, StudyError
from ui.cli_eval import evaluate
from ui.cli_practice import exam, export, import_progress, plan, progress, quiz, review
from ui.console import AsJson, Home, Section, print_json, say, session_of

if TYPE_CHECKING:
    from assistant.answers import Answer
    from assistant.session import Session
    from ingest.run import IngestResult, Progress

app = typer.Typer(
    help="Study for the Google Cloud Professional Machine Learning Engineer exam, with quotes you can check.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)

Batch = Annotated[str | None, typer.Option("--batch", help="File with one question a line, - for standard input.")]
PORT = 8501
COLLECT_EVERY = 50_000
"""New objects between two garbage collections, 700 by default: the imports of a question make far more, and none is garbage."""


def main() -> None:
    """Entry point: errors a person can act on are one sentence on stderr and exit code 1."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
    gc.set_threshold(COLLECT_EVERY)
    try:
        app()
    except StudyError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped. What was finished is kept.\n")
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    finally:
        gc.freeze()  # what is left goes with the process and need not be looked through


@app.command()
def ingest(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files or folders; none for all known material.")] = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Delete the index and read all known material again.")
    ] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Add or refresh study material. With no PATH everything known is refreshed; an empty library gets the shipped notes."""
    started = time.monotonic()
    session = session_of(home)
    result = _run_ingest(session, paths or [], rebuild=rebuild, quiet=as_json)
    if as_json:
        from ui.jsons import ingest_json

        print_json(ingest_json(result, time.monotonic() - started))
        return
    for skipped in result.skipped:
        say(f"skipped   {skipped.name}: {skipped.reason}")
    say(
        f"{len(result.added)} added, {len(result.changed)} changed, {len(result.unchanged)} unchanged, "
        f"{len(result.removed)} removed, {len(result.skipped)} skipped; {result.chunks} chunks written "
        f"in {time.monotonic() - started:.1f} s"
    )


def _run_ingest(session: "Session", paths: list[Path], *, rebuild: bool, quiet: bool) -> "IngestResult":
    from ingest.errors import MaterialError

    with _progress_bar(quiet) as report:
        result = session.add_material(paths, rebuild=rebuild, now=datetime.now(UTC), report=report)
    if result.nothing_usable:
        reasons = " ".join(f"{skipped.name}: {skipped.reason}" for skipped in result.skipped)
        raise MaterialError(f"Nothing was ingested. {reasons}")
    return result


@contextmanager
def _progress_bar(quiet: bool) -> "Iterator[Callable[[Progress], None]]":
    """A bar on stderr with files, chunks, rate and time left."""
    if quiet or not sys.stderr.isatty():
        yield lambda progress: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("files, {task.fields[chunks]} chunks"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("preparing the embedding model", total=None, chunks=0)

        def report(progress: Any) -> None:
            bar.update(
                task,
                description=progress.source[-40:] or "writing",
                total=progress.total,
                completed=progress.done,
                chunks=progress.chunks,
            )

        yield report


@app.command()
def forget(
    source: Annotated[str, typer.Argument(help="A source's name as `study search` prints it.")], home: Home = None
) -> None:
    """Remove a source from the library; the file itself stays."""
    session = session_of(home)
    say(f"Forgot {source}: {session.forget(source)} chunks removed.")


@app.command()
def search(
    query: Annotated[str | None, typer.Argument()] = None,
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="Most passages.")] = 8,
    section: Section = None,
    batch: Batch = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Find the passages that bear on a query."""
    from ui.jsons import passage_json

    session = session_of(home)
    questions = _questions(query, batch)
    session.require_material()

    def find(question: str) -> dict[str, Any]:
        found = session.assistant.search(question, k=k, section=section)
        return {"passages": [passage_json(passage) for passage in found]}

    if batch:
        _print_batch(questions, find)
        return
    found = find(questions[0])
    if as_json:
        print_json(found)
        return
    for passage in found["passages"]:
        say(f"{passage['source']}, page {passage['page']}  {passage['heading']}  ({passage['score']:.2f})")
        say(f"    {' '.join(passage['text'].split())}\n")


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument()] = None,
    section: Section = None,
    writer: Annotated[str | None, typer.Option("--writer", help="auto, quotes, local, or provider:model.")] = None,
    batch: Batch = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Answer a question from your material, with quotes, or say that it is not in there."""
    from ui.jsons import answer_json

    session = session_of(home)
    questions = _questions(question, batch)
    session.require_material()
    chosen = session.writer(writer)
    if batch:
        _print_batch(questions, lambda one: answer_json(session.assistant.ask(one, chosen, section)))
        return
    answer = session.assistant.ask(questions[0], chosen, section)
    if as_json:
        print_json(answer_json(answer))
    else:
        _show_answer(answer)


def _show_answer(answer: "Answer") -> None:
    if answer.refused:
        say(answer.text)
        return
    for sentence in answer.sentences:
        markers = "".join(f" [{marker}]" for marker in sentence.citations)
        say(f"{sentence.text}{markers}")
    say()
    for citation in answer.citations:
        heading = f", {citation.chunk.heading}" if citation.chunk.heading else ""
        say(f"[{citation.marker}] {citation.source}, {citation.chunk.locator}{heading}")
    for note in answer.notes:
        say(f"\n{note}")
    say(f"\nwritten by {answer.writer} in {answer.seconds:.2f} s")


def _questions(question: str | None, batch: str | None) -> list[str]:
    if (question is None) == (batch is None):
        raise typer.BadParameter("give either a question or --batch FILE")
    if batch is None:
        return [question or ""]
    try:
        text = sys.stdin.read() if batch == "-" else Path(batch).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionRejected(
            f"{batch} cannot be read as a list of questions: {error}. Give a UTF-8 text file."
        ) from error
    return [line for line in text.splitlines() if line.strip()]


def _print_batch(questions: Iterable[str], answer: Callable[[str], dict[str, Any]]) -> None:
    for question in questions:
        try:
            print_json(answer(question))
        except QuestionRejected as error:
            print_json({"question": question, "error": str(error)})
        sys.stdout.flush()


for _command in (quiz, review, exam, progress, plan, export):
    app.command()(_command)
app.command(name="import")(import_progress)
app.command(name="eval")(evaluate)


@app.command()
def models(home: Home = None, as_json: AsJson = False) -> None:
    """Which embedding model and which writers work here, and why not the others."""
    session = session_of(home)
    status = session.writer_status()
    if as_json:
        print_json(
            {
                "embedding": session.embedder.identity,
                "writers": [{"name": one.name, "available": one.available, "reason": one.reason} for one in status],
            }
        )
        return
    say(f"embedding  {session.embedder.identity}")
    for one in status:
        say(f"{one.name:<10} {'works' if one.available else 'not available'}: {one.reason}")


@app.command()
def doctor(home: Home = None, as_json: AsJson = False) -> None:
    """Check the home, the settings, the models and the index, and say how to mend what is wrong."""
    from ui.doctor import examine

    findings = examine(session_of(home))
    if as_json:
        print_json({"checks": [{"name": one.name, "ok": one.ok, "detail": one.detail} for one in findings]})
    else:
        for one in findings:
            say(f"{'ok  ' if one.ok else 'BAD '} {one.name}: {one.detail}")
    if not all(one.ok for one in findings):
        raise typer.Exit(1)


@app.command()
def ui(
    port: Annotated[int, typer.Option("--port", min=1, max=65535)] = PORT,
    headless: Annotated[bool, typer.Option("--headless", help="Do not open a browser.")] = False,
    home: Home = None,
) -> None:
    """Open the app in the browser; on the first run the shipped notes are ingested."""
    from ui.launch import launch

    session = session_of(home)
    started = time.monotonic()
    result = _run_ingest(session, [], rebuild=False, quiet=False)
    if result.chunks:
        say(f"Material ready: {result.chunks} chunks in {time.monotonic() - started:.0f} s.")
    say(f"Groundwork is at http://localhost:{port} (Ctrl-C stops it)")
    sys.stdout.flush()
    sys.exit(launch(session.home, port, headless))


if __name__ == "__main__":
    main()
