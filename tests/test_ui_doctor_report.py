"""What `study doctor --report` writes, and that nothing a learner wrote, named or read is in it."""

import json
from pathlib import Path

from assistant.session import Session
from tests.conftest import NOW
from ui.doctor import examine
from ui.doctor_report import SET, report, write_report

PRIVATE = ("zebra", "Zebra", "hunter", "example.org", "Iris")
SETTINGS = """
[answers]
chat = "openai:zebra-private"
refuse_below = 0.4
[progress]
learner = "Iris"
"""


def test_a_report_holds_counts_and_versions_and_no_word_of_the_learner(home: Path, tmp_path: Path) -> None:
    (tmp_path / "zebra-hunter.md").write_text("# Zebra gate\n\nThe zebra gate at example.org closes at 22.\n")
    (home / "study.toml").write_text(SETTINGS)
    session = Session(home)
    session.library.add([tmp_path / "zebra-hunter.md"], now=NOW, report=lambda progress: None)
    write_report(tmp_path / "report.json", session, examine(session))
    written = (tmp_path / "report.json").read_text()
    assert [word for word in (*PRIVATE, str(tmp_path), str(home)) if word in written] == []
    told = json.loads(written)
    assert told["library"] == {"sources": {".md": 1}, "pages": 1, "chunks": 1}
    assert told["settings"]["answers"]["refuse_below"] == 0.4
    assert told["settings"]["answers"]["chat"] == SET
    assert told["versions"]["chromadb"]


def test_a_failed_check_is_told_by_its_class_and_place_in_our_code_alone(tmp_path: Path) -> None:
    home = tmp_path / "zebra"
    home.mkdir()
    (home / "study.toml").write_text('[answers]\nwriter_of_zebras = "Iris"\n')
    session = Session(home)
    told = report(session, examine(session))
    failed = [one for one in told["checks"] if not one["ok"]]
    assert failed[0]["name"] == "settings"
    assert failed[0]["error"] == "SettingsError"
    assert any(place.startswith("settings.py:") for place in failed[0]["at"])
    assert not [word for word in PRIVATE if word in json.dumps(told)]
