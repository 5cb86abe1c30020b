"""Every error a user can meet, as one tree; each message says what happened, where, and what to do next.

StudyError
├── SettingsError        study.toml or an argument holds something we do not understand
├── MaterialError        a path or file cannot be used as study material
├── EmbeddingError       the embedding model cannot be loaded
├── IndexUnavailable     the index cannot be opened, reached or written
│   ├── IndexUnreachable the index's server does not answer
│   ├── IndexMismatch    the index was made with another embedding model
│   ├── IndexDamaged     the index's files are not what was written into them
│   └── IndexBusy        another ingest holds the index
├── NoRoom               a disk is full or read-only, and there is no room elsewhere
├── UnknownSection       the exam has no such section or objective
├── PracticeError        no questions fit, or a question file is broken
├── ProgressError        progress cannot be read, written or imported
├── WriterUnavailable    the chosen writer cannot work here
├── RerankerUnavailable  the reranker of the settings cannot be loaded
├── AppUnavailable       the app in the browser is not installed
├── QuestionRejected     a question is empty or too long to be answered
└── EvaluationError      cases or baseline are missing or broken
"""

import os
import re

SHORTEST_SECRET = 8
HIDDEN = "***"
_SECRET = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD|CREDENTIALS)S?$", re.IGNORECASE)
_PASSWORD = re.compile(r"(\b[a-z][a-z0-9+.-]{0,20}://[^\s:/@]{0,100}:)[^\s/@]{1,200}@", re.IGNORECASE)


class StudyError(Exception):
    """A problem a person can act on; `str(error)` is the whole message."""


class SettingsError(StudyError):
    """`study.toml` or an argument holds something we do not understand."""


class MaterialError(StudyError):
    """A path or file cannot be used as study material."""


class EmbeddingError(StudyError):
    """The embedding model cannot be loaded."""


class IndexUnavailable(StudyError):
    """The index cannot be opened, reached or written."""


class IndexUnreachable(IndexUnavailable):
    """The index's server does not answer."""


class IndexMismatch(IndexUnavailable):
    """The index was made with another embedding model."""


class IndexDamaged(IndexUnavailable):
    """The index's files are not what was written into them."""


class IndexBusy(IndexUnavailable):
    """Another ingest holds the index."""


class NoRoom(StudyError):
    """A disk is full or read-only, and there is no room elsewhere."""


class AppUnavailable(StudyError):
    """The app in the browser is not installed."""


class UnknownSection(StudyError):
    """The exam has no such section or objective."""


class PracticeError(StudyError):
    """No questions fit, or a question file is broken."""


class ProgressError(StudyError):
    """Progress cannot be read, written or imported."""


class WriterUnavailable(StudyError):
    """The chosen writer cannot work here."""


class RerankerUnavailable(StudyError):
    """The reranker of the settings cannot be loaded."""


class QuestionRejected(StudyError):
    """A question is empty or too long to be answered."""


class EvaluationError(StudyError):
    """Cases or baseline are missing or broken."""


def first_line(error: BaseException) -> str:
    """What another library's error says, in one line without secrets; its kind when it says nothing."""
    said = str(error).strip()
    return without_secrets(said.splitlines()[0]) if said else type(error).__name__


def without_secrets(text: str) -> str:
    """A text without the keys of the environment: providers repeat them in their errors, in headers and addresses."""
    for name, value in os.environ.items():
        if len(value) >= SHORTEST_SECRET and _SECRET.search(name):
            text = text.replace(value, HIDDEN)
    return _PASSWORD.sub(rf"\1{HIDDEN}@", text)
