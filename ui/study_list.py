"""What a learner added to the plan from an answer: topics to come back to, kept as one small file in the library's folder."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from ingest.files import remove

MOST = 100


@dataclass(frozen=True, slots=True)
class Item:
    """A question to come back to, with the place that answers it; `objective` where the place belongs to one."""

    question: str
    source: str
    page: int
    start: int
    objective: str | None = None


class StudyList:
    """The list of one library, newest first."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._path = home / "study-list.json"

    def all(self) -> list[Item]:
        """Everything on it; a file that cannot be read counts as empty and is written again with the next change."""
        try:
            return [Item(**one) for one in json.loads(self._path.read_text(encoding="utf-8"))]
        except (OSError, ValueError, TypeError):
            return []

    def add(self, item: Item) -> bool:
        """Put an item first; False when its question is on the list already."""
        known = self.all()
        if any(one.question == item.question for one in known):
            return False
        self._write([item, *known][:MOST])
        return True

    def drop(self, question: str) -> None:
        """Take a question off the list."""
        self._write([one for one in self.all() if one.question != question])

    def clear(self) -> None:
        """Forget everything."""
        if self._path.exists():
            remove(self._path, within=self._home)

    def _write(self, items: list[Item]) -> None:
        draft = self._path.with_suffix(".partial")
        draft.write_text(json.dumps([asdict(one) for one in items], ensure_ascii=False, indent=1), encoding="utf-8")
        draft.replace(self._path)
