"""The calls over HTTP: JSON in and out as the command line prints it, an OpenAPI document, answers as they are written."""

import json
import queue
import threading
from collections.abc import Callable, Iterator
from contextvars import copy_context
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse
from pydantic import BaseModel, Field

from assistant.answers import DraftSentence
from assistant.practice.questions import Focus
from assistant.search.retrieval import Passage
from assistant.service.answers import AskResult, PassageResult, SearchResult
from assistant.service.checking import CheckResult
from assistant.service.material import AddResult, ForgetResult, ModelsResult, SourcesResult
from assistant.service.practice import CardResult, GradeResult, OpenQuestion
from assistant.service.progress import DueResult, PlanResult, ProgressResult
from assistant.service.reading import ReadResult
from assistant.service.result import Result
from assistant.service.scope import ScopeResult
from assistant.writers.draft import Listener
from ingest.errors import (
    IndexBusy,
    IndexUnavailable,
    StudyError,
    WriterUnavailable,
)
from ingest.progress import Progress
from ui.connect.described import described
from ui.connect.opening import Opening

STATUS: dict[type[StudyError], int] = {IndexBusy: 409, IndexUnavailable: 503, WriterUnavailable: 503}
"""HTTP status of an error; 400 for every other kind, which the caller can correct."""
Section = Annotated[int | None, Query(ge=1, le=6, description="Only this section of the exam.")]


class Problem(BaseModel):
    """What went wrong, where, and what to do next."""

    error: str


class AskRequest(BaseModel):
    """A question; `earlier` are the questions of the conversation before, oldest first."""

    question: str
    section: int | None = Field(default=None, ge=1, le=6)
    writer: str | None = Field(default=None, description="auto, quotes, local, or a model as provider:model.")
    earlier: list[str] = []


class CheckRequest(BaseModel):
    """A text to check, with or without citations."""

    text: str
    section: int | None = Field(default=None, ge=1, le=6)


class PracticeRequest(BaseModel):
    """What the next question or card is to be about."""

    section: int | None = Field(default=None, ge=1, le=6)
    objective: str | None = None
    topic: str | None = None
    difficulty: int | None = Field(default=None, ge=1, le=3)
    focus: Focus = Focus.FRESH


class GradeRequest(BaseModel):
    """An answer: letters, such as B or A, C; for a card knew or forgot."""

    attempt: str
    answer: str
    sure: bool | None = None


class PlanRequest(BaseModel):
    """The day of the exam; remembered for the next time."""

    exam_date: date | None = None


class AddRequest(BaseModel):
    """Files or folders on the server's machine, or https addresses; none to refresh what is there."""

    paths: list[str] = []


def rest_app(home: Path, *, local: bool) -> FastAPI:
    """The application over a home; where it is not `local`, only files inside the home can be added."""
    calls = Opening(home, local=local)
    app = FastAPI(
        title="Groundwork",
        summary="Study material whose every quote can be checked.",
        version="1",
        responses={400: {"model": Problem}, 409: {"model": Problem}, 503: {"model": Problem}},
        docs_url=None,  # FastAPI's own pages load their scripts from another host
        redoc_url=None,
    )

    @app.exception_handler(StudyError)
    def explain(request: Request, error: StudyError) -> JSONResponse:
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
        return JSONResponse({"error": str(error)}, status_code=status)

    @app.exception_handler(UnicodeEncodeError)
    def refuse(request: Request, error: UnicodeEncodeError) -> JSONResponse:
        return JSONResponse(
            {"error": "The request holds half a character (a surrogate). Send whole ones."}, status_code=400
        )

    @app.get("/docs", include_in_schema=False, response_class=HTMLResponse)
    def describe() -> str:
        return described(app.openapi())

    @app.get("/health")
    def health() -> dict[str, str]:
        """Whether the server answers."""
        return {"status": "ok"}

    app.include_router(_asking(calls), tags=["asking"])
    app.include_router(_practice(calls), tags=["practice"])
    app.include_router(_material(calls), tags=["material"])
    calls.warm_up()
    return app


def _asking(calls: Opening) -> APIRouter:
    router = APIRouter()

    @router.get("/search")
    def search(query: str, k: Annotated[int, Query(ge=1, le=100)] = 8, section: Section = None) -> SearchResult:
        """The passages that bear on a query, best first."""
        return calls().search(query, k=k, section=section)

    @router.post("/ask")
    def ask(wanted: AskRequest) -> AskResult:
        """An answer whose every citation was checked, or a refusal."""
        return calls().ask(wanted.question, section=wanted.section, writer=wanted.writer, earlier=wanted.earlier)

    @router.post("/ask/stream", response_class=StreamingResponse)
    def ask_stream(wanted: AskRequest) -> StreamingResponse:
        """The same as server-sent events: `passages`, a `sentence` as soon as it passed its check, then `answer` or `error`."""

        def work(tell: Tell) -> Result:
            listener = Listener(
                found=lambda passages: tell("passages", _passages(passages)),
                wrote=lambda draft: tell("sentence", _sentence(draft)),
            )
            return calls().ask(
                wanted.question,
                section=wanted.section,
                writer=wanted.writer,
                earlier=wanted.earlier,
                listener=listener,
            )

        return _events(work, "answer")

    @router.get("/read")
    def read(
        source: str,
        page: Annotated[int | None, Query(ge=1)] = None,
        heading: str | None = None,
        start: Annotated[int | None, Query(ge=0)] = None,
    ) -> ReadResult:
        """A section or a page of a source, with its neighbors."""
        return calls().read(source, page=page, heading=heading, start=start)

    @router.post("/check")
    def check(wanted: CheckRequest) -> CheckResult:
        """Each sentence of a text against the material."""
        return calls().check(wanted.text, section=wanted.section)

    @router.get("/exam-scope")
    def exam_scope(topic: str) -> ScopeResult:
        """Whether a topic is on the exam, and which considerations cover it."""
        return calls().exam_scope(topic)

    return router


def _practice(calls: Opening) -> APIRouter:
    router = APIRouter()

    @router.post("/quiz")
    def quiz(wanted: PracticeRequest) -> OpenQuestion:
        """The next question, without its key."""
        return calls().quiz(
            section=wanted.section,
            objective=wanted.objective,
            topic=wanted.topic,
            difficulty=wanted.difficulty,
            focus=wanted.focus,
        )

    @router.post("/card")
    def card(wanted: PracticeRequest) -> CardResult:
        """The next flash card."""
        return calls().card(section=wanted.section, objective=wanted.objective, topic=wanted.topic)

    @router.post("/grade")
    def grade(given: GradeRequest) -> GradeResult:
        """Grade an answer and record it."""
        return calls().grade(given.attempt, given.answer, sure=given.sure)

    @router.get("/due")
    def due() -> DueResult:
        """Questions whose review is due."""
        return calls().due()

    @router.get("/progress")
    def progress() -> ProgressResult:
        """What is known and how surely, and what to study next."""
        return calls().progress()

    @router.post("/plan")
    def plan(wanted: PlanRequest) -> PlanResult:
        """What to study each day until the exam."""
        return calls().plan(wanted.exam_date)

    return router


def _material(calls: Opening) -> APIRouter:
    router = APIRouter()

    @router.get("/sources")
    def sources() -> SourcesResult:
        """What is in the library."""
        return calls().sources()

    @router.post("/material")
    def add_material(wanted: AddRequest) -> AddResult:
        """Add or refresh material."""
        return calls().add_material(calls.allowed(wanted.paths))

    @router.post("/material/stream", response_class=StreamingResponse)
    def add_material_stream(wanted: AddRequest) -> StreamingResponse:
        """The same as server-sent events: `progress` by file, then `result` or `error`."""
        paths = calls.allowed(wanted.paths)

        def work(tell: Tell) -> Result:
            def report(progress: Progress) -> None:
                tell("progress", {"done": progress.done, "total": progress.total, "source": progress.source})

            return calls().add_material(paths, report=report)

        return _events(work, "result")

    @router.delete("/sources/{source:path}")
    def forget(source: str) -> ForgetResult:
        """Remove a source from the library; the file itself stays."""
        return calls().forget(source)

    @router.get("/models")
    def models() -> ModelsResult:
        """The embedding model and the writers, and whether they work here."""
        return calls().models()

    return router


Tell = Callable[[str, Any], None]


def _events(work: Callable[[Tell], Result], last: str) -> StreamingResponse:
    """Work done in a thread, what it tells and its result as server-sent events, in order; a fault becomes `error`."""
    told: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    asked_by = copy_context()  # whose library it is

    def tell(event: str, value: Any) -> None:
        told.put(f"event: {event}\ndata: {json.dumps(value, ensure_ascii=False)}\n\n")

    def run() -> None:
        try:
            tell(last, work(tell).as_json())
        except StudyError as error:
            tell("error", {"error": str(error)})
        finally:
            told.put(None)

    def stream() -> Iterator[str]:
        threading.Thread(target=asked_by.run, args=(run,), daemon=True).start()
        while (event := told.get()) is not None:
            yield event

    return StreamingResponse(stream(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})


def _passages(passages: tuple[Passage, ...]) -> list[dict[str, Any]]:
    return [PassageResult.of(one).as_json() for one in passages]


def _sentence(draft: DraftSentence) -> dict[str, Any]:
    return {"text": draft.text, "supported": draft.support.value, "quotes": [quote.text for quote in draft.quotes]}
