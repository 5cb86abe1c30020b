"""Keeps sittings, attempts, the review schedule and made questions in a database; every answer is saved as it is given.

SQLite in the home by default; any database SQLAlchemy knows, for example PostgreSQL, for an installation that several
learners share. All times are UTC and given by the caller.
"""

import json
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from assistant.practice.questions import Grade, Origin, Question, grade
from assistant.progress.schedule import after_attempt
from assistant.progress.schema import as_stored, migrate
from assistant.progress.schema import attempts as _attempts
from assistant.progress.schema import cards as _cards
from assistant.progress.schema import given as _given
from assistant.progress.schema import learners as _learners
from assistant.progress.schema import made as _made
from assistant.progress.schema import sittings as _sittings
from ingest.errors import ProgressError

_QUESTION = TypeAdapter(Question)
_QUESTIONS = TypeAdapter(tuple[Question, ...])


class SittingKind(StrEnum):
    """What a learner sat down to."""

    QUIZ = "quiz"
    EXAM = "exam"
    REVIEW = "review"
    CARDS = "cards"
    """Flash cards: the learner says of each whether it was known."""
    SINGLE = "single"
    """One question or card that another program asked for."""


class MadeStatus(StrEnum):
    """What became of a generated question: shown once, kept in the learner's own bank, or reported as bad."""

    MADE = "made"
    KEPT = "kept"
    REPORTED = "reported"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One graded answer; `at` is UTC. `sitting` distinguishes two attempts at one question.

    `sure` is what the learner said of the answer, None when nothing; `seconds` is how long the question was looked at.
    """

    sitting: str
    question: str
    section: int | None
    objective: str | None
    consideration: str | None
    origin: str
    chosen: tuple[int, ...]
    correct: bool
    credit: float
    at: datetime
    sure: bool | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Sitting:
    """A quiz, review or mock exam with the answers given so far, by position from 0.

    `at_once` tells whether each answer is graded when it is given or all of them at the end. `sure` holds what the learner
    said of answers, `seconds` how long each question was looked at.
    """

    id: str
    kind: SittingKind
    at_once: bool
    questions: tuple[Question, ...]
    started: datetime
    minutes: int | None = None
    finished: datetime | None = None
    chosen: Mapping[int, frozenset[int]] = field(default_factory=dict)
    marked: frozenset[int] = frozenset()
    sure: Mapping[int, bool] = field(default_factory=dict)
    seconds: Mapping[int, float] = field(default_factory=dict)

    @property
    def ends(self) -> datetime | None:
        """When time is up, or None without a limit."""
        return None if self.minutes is None else self.started + timedelta(minutes=self.minutes)

    def is_over(self, now: datetime) -> bool:
        """Whether no more answers are taken: submitted, or out of time."""
        return self.finished is not None or (self.ends is not None and now >= self.ends)

    def first_open(self) -> int:
        """Position of the first question without an answer; the number of questions when there is none."""
        return next((at for at in range(len(self.questions)) if at not in self.chosen), len(self.questions))

    def grades(self) -> list[Grade]:
        """One grade a question; a question without an answer is wrong, as in the exam."""
        return [grade(question, self.chosen.get(at, frozenset())) for at, question in enumerate(self.questions)]


class Progress:
    """What one learner did; safe to share between threads and processes."""

    def __init__(
        self, url: str, learner: str, *, read_only: str = "", on_delete: Callable[[], None] = lambda: None
    ) -> None:
        """`read_only` says why nothing can be written, if so; `on_delete` is called when everything was deleted."""
        self.learner = learner
        self._read_only = read_only
        self._on_delete = on_delete
        try:
            self._engine = _engine(url)
            migrate(self._engine)
        except (sa.exc.SQLAlchemyError, ImportError) as error:
            raise ProgressError(
                f"The progress database {_without_password(url)} cannot be opened: {_first_line(error)}. Correct "
                f"[progress] url in study.toml, or delete it to keep progress in the home."
            ) from error

    # Sittings

    def begin(
        self,
        kind: SittingKind,
        questions: Sequence[Question],
        *,
        now: datetime,
        at_once: bool = True,
        minutes: int | None = None,
    ) -> Sitting:
        """Sit down to questions; the sitting can be taken up again until it is finished."""
        sitting = Sitting(uuid.uuid4().hex, kind, at_once, tuple(questions), now, minutes)
        with self._write() as database:
            database.execute(
                _sittings.insert().values(
                    id=sitting.id,
                    learner=self.learner,
                    kind=kind.value,
                    at_once=at_once,
                    questions=_QUESTIONS.dump_json(sitting.questions).decode(),
                    started=as_stored(now),
                    minutes=minutes,
                )
            )
        return sitting

    def sitting(self, name: str) -> Sitting:
        """A sitting by id; raises `ProgressError` when there is none."""
        with self._read() as database:
            return self._load(database, name)

    def open_sittings(self, *kinds: SittingKind) -> list[Sitting]:
        """Unfinished sittings of these kinds, or of all, newest first."""
        query = self._mine(_sittings).where(_sittings.c.finished.is_(None)).order_by(_sittings.c.started.desc())
        if kinds:
            query = query.where(_sittings.c.kind.in_([kind.value for kind in kinds]))
        with self._read() as database:
            return [self._sitting(database, row) for row in database.execute(query).mappings().all()]

    def finished_sittings(self, kind: SittingKind) -> list[Sitting]:
        """Finished sittings of a kind, newest first."""
        query = self._mine(_sittings).where(_sittings.c.finished.is_not(None), _sittings.c.kind == kind.value)
        with self._read() as database:
            rows = database.execute(query.order_by(_sittings.c.started.desc())).mappings().all()
            return [self._sitting(database, row) for row in rows]

    def answer(
        self,
        sitting: Sitting,
        position: int,
        chosen: Collection[int],
        *,
        now: datetime,
        sure: bool | None = None,
        seconds: float = 0.0,
    ) -> Sitting:
        """Save an answer; an empty one takes the answer back. Graded immediately where the sitting says so, and then final.

        `sure` is what the learner says of it; `seconds` are added to those spent on the question before. After the end of the
        time or of the sitting nothing changes.
        """
        with self._write() as database:
            sitting = self._load(database, sitting.id)
            if sitting.is_over(now) or (sitting.at_once and position in sitting.chosen):
                return sitting
            spent = sitting.seconds.get(position, 0.0) + max(0.0, seconds)
            given = {"chosen": json.dumps(sorted(chosen)), "sure": sure if chosen else None}
            self._put_given(database, sitting, position, **given, seconds=spent or None)
            if sitting.at_once and chosen:
                self._record(database, self._load(database, sitting.id), position, now)
        return self.sitting(sitting.id)

    def spend(self, sitting: Sitting, position: int, seconds: float, *, now: datetime) -> Sitting:
        """Add to the time that a question was looked at without being answered; nothing after the end of the sitting."""
        with self._write() as database:
            sitting = self._load(database, sitting.id)
            if not sitting.is_over(now) and seconds > 0:
                self._put_given(database, sitting, position, seconds=sitting.seconds.get(position, 0.0) + seconds)
        return self.sitting(sitting.id)

    def recall(self, sitting: Sitting, position: int, knew: bool, *, now: datetime, seconds: float = 0.0) -> Sitting:
        """Record whether a flash card was known, or that nothing was answered; once for each card of a sitting."""
        with self._write() as database:
            sitting = self._load(database, sitting.id)
            question = sitting.questions[position]
            chosen = question.key if knew else frozenset()
            if self._keep(database, _attempt_at(sitting, question, chosen, now, seconds=seconds or None)):
                self._put_given(database, sitting, position, chosen=json.dumps(sorted(chosen)), seconds=seconds or None)
        return self.sitting(sitting.id)

    def mark(self, sitting: Sitting, position: int, on: bool) -> Sitting:
        """Mark a question for review, or take the mark off."""
        with self._write() as database:
            self._put_given(database, sitting, position, marked=on)
        return self.sitting(sitting.id)

    def finish(self, sitting: Sitting, *, now: datetime) -> Sitting:
        """End a sitting; what was not graded yet is graded now, once, however often this is called.

        A question without an answer is wrong in the report of a mock exam (`Sitting.grades`) but no attempt: it says nothing
        of what the learner knows.
        """
        with self._write() as database:
            sitting = self._load(database, sitting.id)
            if sitting.finished is not None:
                return sitting
            ended = min(now, sitting.ends) if sitting.ends else now
            for position in sorted(sitting.chosen):
                self._record(database, sitting, position, ended)
            database.execute(_sittings.update().where(_sittings.c.id == sitting.id).values(finished=as_stored(ended)))
        return self.sitting(sitting.id)

    # Attempts and the schedule

    def attempts(self, *, cards: bool = False) -> list[Attempt]:
        """Every attempt at a question, or at a flash card, oldest first."""
        return [one for one in self.everything_done() if (one.origin == Origin.CARD.value) == cards]

    def everything_done(self) -> list[Attempt]:
        """Every attempt at questions and flash cards, oldest first."""
        with self._read() as database:
            rows = database.execute(self._mine(_attempts).order_by(_attempts.c.at, _attempts.c.number)).mappings().all()
            return [_attempt(row) for row in rows]

    def last_seen(self) -> dict[str, datetime]:
        """When each question or flash card was last answered."""
        return {attempt.question: attempt.at for attempt in self.everything_done()}

    def due(self, now: datetime, *, cards: bool = False) -> list[str]:
        """Questions, or flash cards, whose review is due: what was surely known and wrong first, then the longest due."""
        query = self._scheduled(_cards.c.question, cards).where(_cards.c.due <= as_stored(now))
        with self._read() as database:
            due = list(database.execute(query.order_by(_cards.c.due, _cards.c.question)).scalars())
        astray = self._sure_and_wrong()
        return sorted(due, key=lambda name: name not in astray)

    def due_dates(self, *, cards: bool = False) -> list[datetime]:
        """When each scheduled question, or flash card, is due, soonest first."""
        with self._read() as database:
            found = database.execute(self._scheduled(_cards.c.due, cards).order_by(_cards.c.due)).scalars()
            return [datetime.fromisoformat(due) for due in found]

    def _scheduled(self, column: Any, cards: bool) -> sa.Select[Any]:
        flash = _cards.c.origin == Origin.CARD.value
        return sa.select(column).where(_cards.c.learner == self.learner, flash if cards else sa.not_(flash))

    def _sure_and_wrong(self) -> set[str]:
        """Questions whose latest answer was wrong although the learner was sure: these errors last longest."""
        latest = {attempt.question: attempt for attempt in self.everything_done()}
        return {name for name, attempt in latest.items() if attempt.sure and not attempt.correct}

    def due_date(self, question: str) -> datetime | None:
        """When a question is due for review; None before its first answer."""
        mine = (_cards.c.learner == self.learner) & (_cards.c.question == question)
        with self._read() as database:
            found = database.execute(sa.select(_cards.c.due).where(mine)).scalar()
        return datetime.fromisoformat(found) if found else None

    def add_attempts(self, attempts: Sequence[Attempt]) -> int:
        """Add attempts from an export, each once; the schedule is worked out again. Returns how many were new."""
        with self._write() as database:
            new = [attempt for attempt in attempts if self._insert(database, attempt)]
            if new:
                self._reschedule(database)
        return len(new)

    # Generated questions

    def keep_made(self, questions: Sequence[Question], status: MadeStatus, *, now: datetime) -> None:
        """Remember generated questions; a later status replaces an earlier one, `made` replaces none."""
        with self._write() as database:
            for question in questions:
                mine = (_made.c.learner == self.learner) & (_made.c.id == question.id)
                known = database.execute(sa.select(_made.c.status).where(mine)).scalar()
                if known is None:
                    database.execute(
                        _made.insert().values(
                            learner=self.learner,
                            id=question.id,
                            status=status.value,
                            question=_QUESTION.dump_json(question).decode(),
                            at=as_stored(now),
                        )
                    )
                elif status is not MadeStatus.MADE:
                    database.execute(_made.update().where(mine).values(status=status.value))

    def made_questions(self, *statuses: MadeStatus) -> list[Question]:
        """Generated questions with one of these statuses, or all, oldest first."""
        query = self._mine(_made).order_by(_made.c.at, _made.c.id)
        if statuses:
            query = query.where(_made.c.status.in_([status.value for status in statuses]))
        with self._read() as database:
            return [_QUESTION.validate_json(row["question"]) for row in database.execute(query).mappings()]

    # The learner

    def exam_date(self) -> date | None:
        """When the learner means to sit the exam."""
        with self._read() as database:
            found = database.execute(self._mine(_learners, "name")).mappings().first()
        return date.fromisoformat(found["exam_date"]) if found and found["exam_date"] else None

    def set_exam_date(self, day: date | None) -> None:
        """Remember when the learner means to sit the exam."""
        with self._write() as database:
            mine = _learners.update().where(_learners.c.name == self.learner)
            database.execute(mine.values(exam_date=day.isoformat() if day else None))

    def delete_everything(self) -> int:
        """Delete all that is known of the learner; returns how many attempts went."""
        with self._write() as database:
            mine = sa.select(_sittings.c.id).where(_sittings.c.learner == self.learner)
            database.execute(_given.delete().where(_given.c.sitting.in_(mine)))
            count = database.execute(_attempts.delete().where(_attempts.c.learner == self.learner)).rowcount
            for table in (_sittings, _cards, _made):
                database.execute(table.delete().where(table.c.learner == self.learner))
            database.execute(_learners.delete().where(_learners.c.name == self.learner))
        self._on_delete()
        return int(count)

    # Inside

    @contextmanager
    def _write(self) -> Iterator[sa.Connection]:
        """A transaction that holds the learner's row, so that one learner's tabs and processes write one after the other.

        The update locks the row in a server's database, and SQLite's file against other writers.
        """
        if self._read_only:
            raise ProgressError(f"Progress cannot be saved: {self._read_only}. Change that, then try again.")
        with _explained(), self._engine.begin() as database:
            mine = _learners.update().where(_learners.c.name == self.learner)
            if database.execute(mine.values(name=self.learner)).rowcount == 0:
                database.execute(_learners.insert().values(name=self.learner))
            yield database

    @contextmanager
    def _read(self) -> Iterator[sa.Connection]:
        with _explained(), self._engine.connect() as database:
            yield database

    def _mine(self, table: sa.Table, column: str = "learner") -> sa.Select[Any]:
        return sa.select(table).where(table.c[column] == self.learner)

    def _load(self, database: sa.Connection, name: str) -> Sitting:
        row = database.execute(self._mine(_sittings).where(_sittings.c.id == name)).mappings().first()
        if row is None:
            raise ProgressError("This quiz is no longer there. Start a new one.")
        return self._sitting(database, row)

    def _sitting(self, database: sa.Connection, row: Mapping[Any, Any]) -> Sitting:
        given = database.execute(sa.select(_given).where(_given.c.sitting == row["id"])).mappings().all()
        return Sitting(
            id=row["id"],
            kind=SittingKind(row["kind"]),
            at_once=bool(row["at_once"]),
            questions=_QUESTIONS.validate_json(row["questions"]),
            started=datetime.fromisoformat(row["started"]),
            minutes=row["minutes"],
            finished=datetime.fromisoformat(row["finished"]) if row["finished"] else None,
            chosen={one["position"]: frozenset(json.loads(one["chosen"])) for one in given if one["chosen"] != "[]"},
            marked=frozenset(one["position"] for one in given if one["marked"]),
            sure={one["position"]: bool(one["sure"]) for one in given if one["sure"] is not None},
            seconds={one["position"]: float(one["seconds"]) for one in given if one["seconds"] is not None},
        )

    def _put_given(self, database: sa.Connection, sitting: Sitting, position: int, **values: Any) -> None:
        here = (_given.c.sitting == sitting.id) & (_given.c.position == position)
        if database.execute(_given.update().where(here).values(**values)).rowcount == 0:
            database.execute(
                _given.insert().values(
                    sitting=sitting.id, position=position, **{"chosen": "[]", "marked": False} | values
                )
            )

    def _record(self, database: sa.Connection, sitting: Sitting, position: int, now: datetime) -> None:
        question, chosen = sitting.questions[position], sitting.chosen[position]
        sure, seconds = sitting.sure.get(position), sitting.seconds.get(position)
        self._keep(database, _attempt_at(sitting, question, chosen, now, sure=sure, seconds=seconds))

    def _keep(self, database: sa.Connection, attempt: Attempt) -> bool:
        """Whether the attempt was new; then it is scheduled."""
        new = self._insert(database, attempt)
        if new:
            self._schedule(database, attempt)
        return new

    def _insert(self, database: sa.Connection, attempt: Attempt) -> bool:
        """Whether the attempt was new."""
        same = (
            (_attempts.c.learner == self.learner)
            & (_attempts.c.sitting == attempt.sitting)
            & (_attempts.c.question == attempt.question)
        )
        if database.execute(sa.select(_attempts.c.number).where(same)).first():
            return False
        database.execute(_attempts.insert().values(learner=self.learner, **_attempt_row(attempt)))
        return True

    def _schedule(self, database: sa.Connection, attempt: Attempt) -> None:
        here = (_cards.c.learner == self.learner) & (_cards.c.question == attempt.question)
        card = database.execute(sa.select(_cards.c.card).where(here)).scalar()
        scheduled = after_attempt(card, correct=attempt.correct, now=attempt.at, sure=attempt.sure)
        database.execute(_cards.delete().where(here))
        database.execute(
            _cards.insert().values(
                learner=self.learner,
                question=attempt.question,
                card=scheduled.card,
                due=as_stored(scheduled.due),
                origin=attempt.origin,
            )
        )

    def _reschedule(self, database: sa.Connection) -> None:
        database.execute(_cards.delete().where(_cards.c.learner == self.learner))
        rows = database.execute(self._mine(_attempts).order_by(_attempts.c.at, _attempts.c.number)).mappings().all()
        for row in rows:
            self._schedule(database, _attempt(row))


def _attempt_at(
    sitting: Sitting,
    question: Question,
    chosen: Collection[int],
    now: datetime,
    *,
    sure: bool | None = None,
    seconds: float | None = None,
) -> Attempt:
    graded = grade(question, chosen)
    return Attempt(
        sitting=sitting.id,
        question=question.id,
        section=question.section,
        objective=question.objective,
        consideration=question.consideration,
        origin=question.origin.value,
        chosen=tuple(sorted(chosen)),
        correct=graded.correct,
        credit=graded.credit,
        at=now,
        sure=sure,
        seconds=seconds,
    )


def _attempt(row: Mapping[Any, Any]) -> Attempt:
    values = {name: row[name] for name in Attempt.__dataclass_fields__}
    values["chosen"] = tuple(json.loads(row["chosen"]))
    values["at"] = datetime.fromisoformat(row["at"])
    values["sure"] = None if row["sure"] is None else bool(row["sure"])
    return Attempt(**values)


def _attempt_row(attempt: Attempt) -> dict[str, Any]:
    values = {name: getattr(attempt, name) for name in Attempt.__dataclass_fields__}
    return values | {"chosen": json.dumps(attempt.chosen), "at": as_stored(attempt.at)}


def _engine(url: str) -> sa.Engine:
    waiting = {"timeout": 30} if url.startswith("sqlite") else {}
    engine = sa.create_engine(url, connect_args=waiting, pool_pre_ping=True)  # a server may have been restarted
    if engine.dialect.name == "sqlite":

        @sa.event.listens_for(engine, "connect")
        def _on_connect(connection: Any, record: Any) -> None:
            connection.execute("PRAGMA journal_mode = WAL")

    return engine


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except sa.exc.SQLAlchemyError as error:
        raise ProgressError(
            f"Progress could not be read or written: {_first_line(error)}. Nothing half-written was kept; try again, or run "
            "`study doctor --repair`."
        ) from error
    except ValueError as error:  # JSON, times and names of kinds that are not what was written
        raise ProgressError(
            f"A record of your progress is damaged: {_first_line(error)}. `study restore` brings back a backup of the last days."
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def _without_password(url: str) -> str:
    try:
        return sa.make_url(url).render_as_string(hide_password=True)
    except sa.exc.ArgumentError:
        return repr(url)
