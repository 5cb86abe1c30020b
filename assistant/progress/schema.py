"""The tables of the progress database, and the numbered steps that bring an older one up to them."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import sqlalchemy as sa

from ingest.errors import ProgressError

TABLES = sa.MetaData()
learners = sa.Table(
    "learners",
    TABLES,
    sa.Column("name", sa.String(200), primary_key=True),
    sa.Column("exam_date", sa.String(10)),
)
sittings = sa.Table(
    "sittings",
    TABLES,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("learner", sa.String(200), nullable=False, index=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("at_once", sa.Boolean, nullable=False),
    sa.Column("questions", sa.Text, nullable=False),
    sa.Column("started", sa.String(40), nullable=False),
    sa.Column("minutes", sa.Integer),
    sa.Column("finished", sa.String(40)),
)
given = sa.Table(
    "sitting_answers",
    TABLES,
    sa.Column("sitting", sa.String(32), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("chosen", sa.Text, nullable=False),
    sa.Column("marked", sa.Boolean, nullable=False),
    sa.Column("sure", sa.Boolean),
    sa.Column("seconds", sa.Float),
)
attempts = sa.Table(
    "attempts",
    TABLES,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("learner", sa.String(200), nullable=False, index=True),
    sa.Column("sitting", sa.String(32), nullable=False),
    sa.Column("question", sa.String(200), nullable=False),
    sa.Column("section", sa.Integer),
    sa.Column("objective", sa.String(10)),
    sa.Column("consideration", sa.String(10)),
    sa.Column("origin", sa.String(20), nullable=False),
    sa.Column("chosen", sa.Text, nullable=False),
    sa.Column("correct", sa.Boolean, nullable=False),
    sa.Column("credit", sa.Float, nullable=False),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("sure", sa.Boolean),
    sa.Column("seconds", sa.Float),
    sa.UniqueConstraint("learner", "sitting", "question"),
)
cards = sa.Table(
    "cards",
    TABLES,
    sa.Column("learner", sa.String(200), primary_key=True),
    sa.Column("question", sa.String(200), primary_key=True),
    sa.Column("card", sa.Text, nullable=False),
    sa.Column("due", sa.String(40), nullable=False),
    sa.Column("origin", sa.String(20), nullable=False, server_default="bank"),
)
made = sa.Table(
    "made_questions",
    TABLES,
    sa.Column("learner", sa.String(200), primary_key=True),
    sa.Column("id", sa.String(200), primary_key=True),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("at", sa.String(40), nullable=False),
)
versions = sa.Table(
    "schema_versions",
    TABLES,
    sa.Column("part", sa.String(40), primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
)
PART = "progress"
ATTEMPTS = 3
PAUSE = 0.2
"""Seconds before the next."""
TIMES = {sittings: ("started", "finished"), attempts: ("at",), cards: ("due",), made: ("at",)}
Step = Callable[[sa.Connection], None]


def migrate(engine: sa.Engine) -> None:
    """Bring a database up to this version, each step once; raises `ProgressError` for a newer one.

    Two processes may do so at the same moment: the one that comes second finds it done when it tries again.
    """
    for attempt in range(ATTEMPTS):
        try:
            with engine.begin() as database:
                _migrate(database)
            return
        except (sa.exc.OperationalError, sa.exc.IntegrityError, sa.exc.ProgrammingError):
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(PAUSE)


def _migrate(database: sa.Connection) -> None:
    TABLES.create_all(database)
    here = versions.c.part == PART
    number = database.execute(sa.select(versions.c.number).where(here)).scalar()
    if number is None:
        number = 0
        database.execute(versions.insert().values(part=PART, number=number))
    if number == len(STEPS):
        return
    if number > len(STEPS):
        raise ProgressError(
            f"Your progress was written by a newer version of Groundwork (schema {number}, this one knows {len(STEPS)}). "
            "Update Groundwork."
        )
    for step in STEPS[number:]:
        step(database)
    database.execute(versions.update().where(here).values(number=len(STEPS)))


def as_stored(moment: datetime) -> str:
    """A time as text that sorts by time: always UTC. Raises `TypeError` for a time without a zone."""
    if moment.tzinfo is None:
        raise TypeError("a time without a time zone")
    return moment.astimezone(UTC).isoformat()


def _add_credit(database: sa.Connection) -> None:
    """Databases from before partial credit: an answer counted as a whole or not at all."""
    if "credit" in {column["name"] for column in sa.inspect(database).get_columns("attempts")}:
        return
    database.execute(sa.text("ALTER TABLE attempts ADD COLUMN credit FLOAT NOT NULL DEFAULT 0"))
    database.execute(attempts.update().where(attempts.c.correct).values(credit=1.0))


def _times_in_utc(database: sa.Connection) -> None:
    """Times that were written with another offset are compared as text, so they become UTC."""
    for table, names in TIMES.items():
        keys = [column.name for column in table.primary_key]
        for row in database.execute(sa.select(*(table.c[name] for name in [*keys, *names]))).mappings().all():
            changed = {name: utc for name in names if (utc := _utc(row[name])) != row[name]}
            if changed:
                here = sa.and_(*(table.c[key] == row[key] for key in keys))
                database.execute(table.update().where(here).values(**changed))


def _utc(written: str | None) -> str | None:
    if written is None:
        return None
    try:
        return as_stored(datetime.fromisoformat(written))
    except (ValueError, TypeError):
        return written


def _add_confidence_and_cards(database: sa.Connection) -> None:
    """Databases from before confidence, time per question and flash cards."""
    added = {
        "attempts": ("sure BOOLEAN", "seconds FLOAT"),
        "sitting_answers": ("sure BOOLEAN", "seconds FLOAT"),
        "cards": ("origin VARCHAR(20) NOT NULL DEFAULT 'bank'",),
    }
    for table, columns in added.items():
        there = {column["name"] for column in sa.inspect(database).get_columns(table)}
        for column in columns:
            if column.split()[0] not in there:
                database.execute(sa.text(f"ALTER TABLE {table} ADD COLUMN {column}"))


STEPS: Sequence[Step] = (_add_credit, _times_in_utc, _add_confidence_and_cards)
"""Each is run once, in this order; never change one that was released, add another."""
