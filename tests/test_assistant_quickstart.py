"""The Python of docs/connect.md is run as it stands there, and its commands and clients exist."""

import re
from pathlib import Path
from typing import Any

import pytest

from assistant.service.result import Result
from tests.conftest import ROOT, copy_of_home
from ui.cli import app
from ui.connect.clients import Client

PAGE = (ROOT / "docs" / "connect.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, corpus_home: Path) -> dict[str, Any]:
    """What the Python of the page leaves behind, run one block after the other over the library ~/study."""
    folder = tmp_path_factory.mktemp("user")
    copy_of_home(corpus_home, folder / "study")
    names: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "home", lambda: folder)
        for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
            exec(block, names)
    return names


def test_the_calls_of_the_page_give_what_it_says(ran: dict[str, Any]) -> None:
    assert ran["answer"].citations
    assert [one.verdict for one in ran["checked"].sentences] == ["contradicted"]
    assert ran["question"].section == 6
    assert ran["graded"].key
    assert all(isinstance(ran[name], Result) for name in ("answer", "checked", "question", "graded"))


def test_the_langchain_lines_of_the_page_work(ran: dict[str, Any]) -> None:
    assert ran["documents"][0].metadata["source"]
    assert isinstance(ran["chain"].invoke("What is concept drift?"), str)
    assert len(ran["tools"]) == 3


def test_every_command_of_the_page_exists() -> None:
    commands = {one.name or (one.callback.__name__ if one.callback else "") for one in app.registered_commands}
    commands |= {one.name for one in app.registered_groups if one.name}
    assert set(re.findall(r"(?:^\$ |`)(?:\S+=\S+ )*study (\w+)", PAGE, re.MULTILINE)) <= commands


def test_every_client_with_a_configuration_is_on_the_page() -> None:
    assert set(re.findall(r"^\|[^|]+\| `([\w-]+)` \|", PAGE, re.MULTILINE)) == {client.value for client in Client}
