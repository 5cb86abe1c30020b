"""The tools an assistant calls over MCP: the calls of the application layer with descriptions a model understands."""

import functools
import threading
from collections.abc import Callable
from datetime import date
from typing import Annotated, ParamSpec, TypeVar

import anyio
import anyio.from_thread
import anyio.to_thread
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field

from assistant.practice.questions import Focus
from assistant.service.answers import AskResult, SearchResult
from assistant.service.checking import CheckResult
from assistant.service.material import AddResult, ForgetResult, SourcesResult
from assistant.service.practice import CardResult, GradeResult, OpenQuestion
from assistant.service.progress import DueResult, PlanResult, ProgressResult
from assistant.service.reading import ReadResult
from assistant.service.scope import ScopeResult
from ingest.errors import StudyError
from ingest.progress import Progress
from ui.connect.opening import Opening

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")

READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
RECORDS = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)
REMOVES = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False)

Section = Annotated[int | None, Field(description="Only this section of the exam, 1 to 6.", ge=1, le=6)]
Objective = Annotated[str | None, Field(description="Only this objective of the exam, such as 4.1.")]
Topic = Annotated[str | None, Field(description="Only questions on this topic, such as Model Registry.")]


def explained(call: Callable[_Given, _Result]) -> Callable[_Given, _Result]:
    """The call with its errors as sentences that the model reads: what happened, where, what to do next."""

    @functools.wraps(call)
    def told(*args: _Given.args, **kwargs: _Given.kwargs) -> _Result:
        try:
            return call(*args, **kwargs)
        except StudyError as error:
            raise ToolError(str(error)) from error

    return told


def add_tools(server: MCPServer, calls: Opening) -> None:
    """Register every tool."""
    _add_asking(server, calls)
    _add_practice(server, calls)
    _add_progress(server, calls)
    _add_material(server, calls)


def _add_asking(server: MCPServer, calls: Opening) -> None:
    @server.tool(title="Search the study material", annotations=READS)
    @explained
    def search(
        query: Annotated[str, Field(description="A question or a few words.")],
        k: Annotated[int, Field(description="Most passages.", ge=1, le=50)] = 8,
        section: Section = None,
    ) -> SearchResult:
        """Find the passages of the learner's study material that bear on a query, best first.

        Use it before you explain something about the exam, and build the explanation on what it returns. Former product
        names (Vertex AI) find the same as present ones (Agent Platform).
        """
        return calls().search(query, k=k, section=section)

    @server.tool(title="Answer in quotes", annotations=READS)
    @explained
    def ask(
        question: Annotated[str, Field(description="One question, in the learner's words.")],
        section: Section = None,
        earlier: Annotated[
            list[str] | None, Field(description="Earlier questions of the conversation, oldest first.")
        ] = None,
    ) -> AskResult:
        """Answer a question with sentences of the study material, each with its place, or say that it is not in there.

        Every quote was checked to stand word for word where it says. When `refused` is true the material does not answer:
        tell the learner so, and mark what you add from elsewhere as not from the material.
        """
        return calls().ask(question, section=section, writer="quotes", earlier=earlier or ())

    @server.tool(title="Read a section or page", annotations=READS)
    @explained
    def read(
        source: Annotated[str, Field(description="A source as `search`, `ask` or `sources` names it.")],
        page: Annotated[int | None, Field(description="Page, counted from 1.", ge=1)] = None,
        heading: Annotated[str | None, Field(description="Read the section under this heading.")] = None,
        start: Annotated[int | None, Field(description="Read the section at this offset of the page.", ge=0)] = None,
    ) -> ReadResult:
        """Read a section or a page of the study material as it stands, with what comes before and after it.

        Pass source, page and start of a search result to read its context. `sections` lists what else the page holds;
        `continues` says where to read on.
        """
        return calls().read(source, page=page, heading=heading, start=start)

    @server.tool(title="Check a text against the material", annotations=READS)
    @explained
    def check(
        text: Annotated[
            str, Field(description="Sentences to check, with or without citations such as [1] or (file, page 2).")
        ],
        section: Section = None,
    ) -> CheckResult:
        """Check each sentence of a text against the study material, without a language model.

        Each sentence comes back as supported, not supported, or contradicted, with the quotes that decide, and with what
        does not match: numbers, dates, names, negations, scope, direction, conditions, reasons, former product names. Use
        it on your own explanations before you show them, and on what the learner wrote. Supported means that nothing was
        found against it; a subtle change of meaning can pass.
        """
        return calls().check(text, section=section)

    @server.tool(title="Is it on the exam?", annotations=READS)
    @explained
    def exam_scope(
        topic: Annotated[str, Field(description="A topic, such as LoRA or canary releases.")],
    ) -> ScopeResult:
        """Say whether a topic is on the exam (yes, no, or not named in the guide) and which considerations cover it."""
        return calls().exam_scope(topic)


def _add_practice(server: MCPServer, calls: Opening) -> None:
    @server.tool(title="Next practice question", annotations=RECORDS)
    @explained
    def quiz(
        section: Section = None,
        objective: Objective = None,
        topic: Topic = None,
        difficulty: Annotated[
            int | None, Field(description="1 recall, 2 as in the exam, 3 harder.", ge=1, le=3)
        ] = None,
        focus: Annotated[
            Focus, Field(description="fresh for new questions, weak for weak spots, due for reviews, any.")
        ] = Focus.FRESH,
    ) -> OpenQuestion:
        """Get the next practice question, without its key. Show stem and options, wait for the learner's answer, then grade.

        Do not answer it yourself, and do not hint at the key.
        """
        return calls().quiz(section=section, objective=objective, topic=topic, difficulty=difficulty, focus=focus)

    @server.tool(title="Grade an answer", annotations=RECORDS)
    @explained
    def grade(
        attempt: Annotated[str, Field(description="The attempt that `quiz` or `card` returned.")],
        answer: Annotated[str, Field(description="Letters, such as B or A, C; for a card: knew or forgot.")],
        sure: Annotated[
            bool | None, Field(description="Whether the learner says that the answer is sure; left out when not asked.")
        ] = None,
    ) -> GradeResult:
        """Grade the learner's answer, record it, and get the key with the reason and the quote behind every option.

        Grading the same attempt again changes nothing.
        """
        return calls().grade(attempt, answer, sure=sure)

    @server.tool(title="Next flash card", annotations=RECORDS)
    @explained
    def card(section: Section = None, objective: Objective = None, topic: Topic = None) -> CardResult:
        """Get a flash card: one that is due for review, else a new one. Show the front, wait, then show the back.

        Then call `grade` with knew or forgot.
        """
        return calls().card(section=section, objective=objective, topic=topic)


def _add_progress(server: MCPServer, calls: Opening) -> None:
    @server.tool(title="What is due", annotations=READS)
    @explained
    def due() -> DueResult:
        """List the questions that the learner is about to forget, the longest due first. `quiz` with focus due asks them."""
        return calls().due()

    @server.tool(title="Progress", annotations=READS)
    @explained
    def progress() -> ProgressResult:
        """Say how well the learner knows each section, how sure that is, and what is worth studying next."""
        return calls().progress()

    @server.tool(title="Study plan", annotations=RECORDS)
    @explained
    def plan(
        exam_date: Annotated[date | None, Field(description="Day of the exam; remembered for the next time.")] = None,
    ) -> PlanResult:
        """Make a plan of what to study and review each day until the exam."""
        return calls().plan(exam_date)


def _add_material(server: MCPServer, calls: Opening) -> None:
    @server.tool(title="List the library", annotations=READS)
    @explained
    def sources() -> SourcesResult:
        """List every source in the library, the learner's own and those that ship with Groundwork."""
        return calls().sources()

    @server.tool(title="Add material", annotations=RECORDS)
    async def add_material(
        ctx: Context,
        paths: Annotated[
            list[str] | None,
            Field(description="Files or folders on this machine, or https addresses; none to refresh the library."),
        ] = None,
    ) -> AddResult:
        """Add files or folders to the library: PDF, Markdown, text, HTML, EPUB, DOCX, PPTX, notebooks, transcripts, zip.

        Takes about a minute for 500 pages; reports progress by file and can be cancelled, and what was read by then is kept.
        Without paths an empty library gets the notes that ship.
        """
        stopped = threading.Event()

        def report(progress: Progress) -> None:
            said = f"{progress.stage} {progress.source}"
            anyio.from_thread.run(ctx.report_progress, progress.done, progress.total, said)

        def add() -> AddResult:
            return calls().add_material(calls.allowed(paths or []), report=report, cancelled=stopped.is_set)

        try:
            return await anyio.to_thread.run_sync(explained(add), abandon_on_cancel=True)
        finally:
            stopped.set()

    @server.tool(title="Remove a source", annotations=REMOVES)
    @explained
    def forget(source: Annotated[str, Field(description="A source as `sources` names it.")]) -> ForgetResult:
        """Remove a source from the library; the file itself stays where it is. Ask the learner before you do this."""
        return calls().forget(source)
