"""The command `study`: reads arguments, calls the library, prints; heavy imports happen inside the commands."""

import gc
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.footnotes import shown
from ingest.errors import QuestionRejected, StudyError
from ui.cli_cards import cards, due, report
from ui.cli_connect import anki, check, mcp, scope, serve
from ui.cli_corpus import guide, show_corpus
from ui.cli_eval import evaluate
from ui.cli_people import people
from ui.cli_practice import exam, export, import_progress, plan, progress, quiz, review
from ui.console import AsJson, Home, Section, plain, print_json, say, service_of

if TYPE_CHECKING:
    from assistant.answers import Answer
    from assistant.service.result import Result
    from ingest.progress import Progress

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
        sys.stderr.write(f"{plain(str(error))}\n")
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
    paths: Annotated[
        list[str] | None, typer.Argument(help="Files, folders or https:// addresses; none for all known material.")
    ] = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Delete the index and read all known material again.")
    ] = False,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Fetch addresses inside this computer or network too.")
    ] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Add or refresh study material. With no PATH everything known is refreshed; an empty library gets the shipped notes."""
    with _progress_bar(as_json) as report:
        result = service_of(home).add_material(paths or [], rebuild=rebuild, report=report, allow_private=allow_private)
    if as_json:
        print_json(result.as_json())
        return
    for skipped in result.skipped:
        say(f"skipped   {skipped.source}: {skipped.reason}")
    for note in result.notes:
        say(f"note      {note.source}: {note.note}")
    say(
        f"{len(result.added)} added, {len(result.changed)} changed, {result.unchanged} unchanged, "
        f"{len(result.removed)} removed, {len(result.skipped)} skipped; {result.chunks} chunks written "
        f"in {result.seconds:.1f} s"
    )


@contextmanager
def _progress_bar(quiet: bool) -> "Iterator[Callable[[Progress], None]]":
    """A bar on stderr with files, chunks, rate and time left."""
    if quiet or not sys.stderr.isatty():
        yield lambda progress: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("files, {task.fields[chunks]} chunks"),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("preparing the embedding model", total=None, chunks=0)

        def report(progress: "Progress") -> None:
            bar.update(
                task,
                description=_step(progress),
                total=progress.total,
                completed=progress.done,
                chunks=progress.chunks,
            )

        yield report


def _step(progress: "Progress") -> str:
    """What an ingest does at the moment: the stage, the file, and its page once it is embedded."""
    page = f", page {progress.page}" if progress.page > 1 else ""
    left = progress.seconds_left
    time_left = f", {left // 60:.0f} min {left % 60:.0f} s left" if left else ""
    return f"{progress.stage} {progress.source[-40:]}{page}{time_left}" if progress.source else "writing"


@app.command()
def forget(
    source: Annotated[str, typer.Argument(help="A source's name as `study search` prints it.")], home: Home = None
) -> None:
    """Remove a source from the library; the file itself stays."""
    say(f"Forgot {source}: {service_of(home).forget(source).chunks} chunks removed.")


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
    service = service_of(home)
    questions = _questions(query, batch)
    if batch:
        _print_batch(questions, lambda one: service.search(one, k=k, section=section))
        return
    found = service.search(questions[0], k=k, section=section)
    if as_json:
        print_json(found.as_json())
        return
    for passage in found.passages:
        say(f"{passage.source}, page {passage.page}  {passage.heading}  ({passage.score:.2f})")
        say(f"    {shown(passage.text)}\n")


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
    service = service_of(home)
    questions = _questions(question, batch)
    if batch:
        _print_batch(questions, lambda one: service.ask(one, section=section, writer=writer))
    elif as_json:
        print_json(service.ask(questions[0], section=section, writer=writer).as_json())
    else:
        _show_answer(service.answer(questions[0], section=section, writer=writer))


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
        say(f"[{citation.marker}] {citation.source}, {citation.locator}{heading}")
        for page in citation.official:
            say(f"    official: {page.title}, {page.address}")
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


def _print_batch(questions: Iterable[str], answer: "Callable[[str], Result]") -> None:
    for question in questions:
        try:
            print_json(answer(question).as_json())
        except QuestionRejected as error:
            print_json({"question": question, "error": str(error)})
        sys.stdout.flush()


for _command in (quiz, cards, review, due, exam, report, progress, plan, guide, export, check, scope, mcp, serve, anki):
    app.command()(_command)
app.command(name="import")(import_progress)
app.add_typer(people, name="people")
app.command(name="eval")(evaluate)


@app.command()
def models(home: Home = None, as_json: AsJson = False) -> None:
    """Which embedding model and which writers work here, and why not the others."""
    found = service_of(home).models()
    if as_json:
        print_json(found.as_json())
        return
    say(f"embedding  {found.embedding}")
    for one in found.writers:
        say(f"{one.name:<10} {'works' if one.available else 'not available'}: {one.reason}")


@app.command()
def doctor(
    fix: Annotated[
        bool, typer.Option("--repair", help="Build a damaged index again from its sources, restore damaged progress.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write a report for a bug report here; it holds none of your text.")
    ] = None,
    corpus: Annotated[
        bool, typer.Option("--corpus", help="Check the notes and questions that ship instead of your library.")
    ] = False,
    on: Annotated[
        datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="With --corpus: the day, instead of today.")
    ] = None,
    against: Annotated[
        Path | None, typer.Option("--against", help="With --corpus: a folder with copies of the official pages.")
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Check your library, settings, models, index and progress, and say how to fix any problem."""
    if (on or against) and not corpus:
        raise typer.BadParameter("--on and --against go with --corpus")
    if corpus:
        if not show_corpus(home, on.date() if on else None, against, as_json=as_json):
            raise typer.Exit(1)
        return
    from ui.doctor import examine, repair

    session = service_of(home).session
    done = repair(session, now=datetime.now(UTC)) if fix else []
    findings = examine(session)
    if report:
        from ui.doctor_report import write_report

        write_report(report, session, findings)
        done.append(f"wrote {report}: versions, checks and counts, no text, no names; read it before you send it")
    if as_json:
        checks = [{"name": one.name, "ok": one.ok, "detail": one.detail} for one in findings]
        print_json({"checks": checks, "repaired": done})
    else:
        for line in done:
            say(f"done {line}")
        for one in findings:
            say(f"{'ok  ' if one.ok else 'BAD '} {one.name}: {one.detail}")
    if not all(one.ok for one in findings):
        raise typer.Exit(1)


@app.command()
def restore(
    day: Annotated[str | None, typer.Argument(help="Such as 2026-11-24; without it the newest sound backup.")] = None,
    home: Home = None,
) -> None:
    """Bring your progress and conversations back from a daily backup; what is there now is set aside, not deleted."""
    try:
        chosen = date.fromisoformat(day) if day else None
    except ValueError as error:
        raise typer.BadParameter(f"{day} is not a day; write it as 2026-11-24") from error
    say(service_of(home).restore(chosen))


@app.command()
def ui(
    port: Annotated[int, typer.Option("--port", min=1, max=65535)] = PORT,
    headless: Annotated[bool, typer.Option("--headless", help="Do not open a browser.")] = False,
    host: Annotated[
        str, typer.Option("--host", help="Where to listen; anything but this machine needs people who sign in.")
    ] = "localhost",
    insecure: Annotated[bool, typer.Option("--insecure", help="Listen beyond this machine without a sign-in.")] = False,
    home: Home = None,
) -> None:
    """Open the app in the browser; on the first run the shipped notes are ingested."""
    from ui.connect.guard import is_loopback, require_people
    from ui.launch import launch, require_streamlit

    require_streamlit()
    from ui.sign_in import SIGN_IN

    beyond = not is_loopback(host)
    service = service_of(home)
    if beyond and not insecure:
        require_people(service.session.home, host)
    with _progress_bar(False) as report:
        result = service.add_material(report=report)
    if result.chunks:
        say(f"Material ready: {result.chunks} chunks in {result.seconds:.0f} s.")
    say(f"Groundwork is at http://localhost:{port} (Ctrl-C stops it)")
    if beyond:
        warning = (
            "Anyone who reaches this port reads and changes everything" if insecure else "Tokens travel as they are"
        )
        sys.stderr.write(f"{warning}: put a server with TLS in front of it.\n")
    sys.stdout.flush()
    asked = SIGN_IN if beyond and not insecure else ""
    sys.exit(launch(service.session.home, port, headless or beyond, host=host, sign_in=asked))


if __name__ == "__main__":
    main()
