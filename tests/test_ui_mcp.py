import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp_types import CallToolResult, TextContent, TextResourceContents

from assistant.session import Session
from tests.conftest import ROOT, copy_of_home
from ui.connect.server import make_server

TOOLS = {
    "search", "ask", "read", "check", "exam_scope", "quiz", "grade", "card", "due", "progress", "plan", "sources",
    "add_material", "forget",
}  # fmt: skip
CHANGING = {"quiz", "grade", "card", "plan", "add_material", "forget"}
NOTE = "4-serving/4.1-serving-models.md"
TRUE = "Batch inference jobs do not autoscale."
FALSE = "Batch inference jobs autoscale up to the maximum replica count."
SECONDS = 120


@pytest.fixture
def home(tmp_path: Path, corpus_home: Path) -> Path:
    """The shipped notes, and progress of its own."""
    return copy_of_home(corpus_home, tmp_path / "home")


def environment(home: Path) -> dict[str, str]:
    return {"STUDY_HOME": str(home), "PYTHONPATH": str(ROOT), "TOKENIZERS_PARALLELISM": "false"}


@asynccontextmanager
async def in_memory(home: Path) -> AsyncIterator[Client]:
    async with Client(make_server(home)) as client:
        yield client


@asynccontextmanager
async def over_stdio(home: Path) -> AsyncIterator[Client]:
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "ui.cli", "mcp"], env=os.environ | environment(home), cwd=ROOT
    )
    async with Client(server, read_timeout_seconds=SECONDS) as client:
        yield client


@asynccontextmanager
async def over_http(home: Path) -> AsyncIterator[Client]:
    with running(["mcp", "--http"], home) as address:
        async with Client(f"{address}/mcp", read_timeout_seconds=SECONDS) as client:
            yield client


class running:  # noqa: N801 - used as a `with` clause
    """A `study` command that listens on a free port."""

    def __init__(self, command: list[str], home: Path, **variables: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ui.cli", *command, "--port", str(self._port)],
            cwd=ROOT,
            env=os.environ | environment(home) | variables,
            stdout=subprocess.PIPE,
        )

    def __enter__(self) -> str:
        ends = time.monotonic() + SECONDS
        while time.monotonic() < ends:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return f"http://127.0.0.1:{self._port}"
            assert self._process.poll() is None, "the server ended"
            time.sleep(0.1)
        raise AssertionError("the server did not listen")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(SECONDS)
        assert self._process.stdout is not None
        self._process.stdout.close()


def run(drive: Callable[[Client], Awaitable[None]], connect: Any, home: Path) -> None:
    async def driven() -> None:
        async with connect(home) as client:
            await drive(client)

    asyncio.run(driven())


async def told(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """What a tool returns; its text for readers is the same JSON."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, text_of(result)
    assert result.structured_content is not None
    assert json.loads(text_of(result)) == result.structured_content
    return dict(result.structured_content)


def text_of(result: CallToolResult) -> str:
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


@pytest.mark.parametrize("connect", [over_stdio, over_http], ids=["stdio", "http"])
def test_a_study_session_drives_every_tool(connect: Any, home: Path, tmp_path: Path) -> None:
    called: set[str] = set()

    async def session(client: Client) -> None:
        async def tell(tool: str, **arguments: Any) -> dict[str, Any]:
            called.add(tool)
            return await told(client, tool, **arguments)

        found = await tell("search", query="batch inference replicas", k=3)
        place = found["passages"][0]
        around = await tell("read", source=place["source"], page=place["page"], start=place["start"])
        assert place["text"].split()[0] in around["text"]
        answer = await tell("ask", question="Does batch inference autoscale?", earlier=["What is batch inference?"])
        assert not answer["refused"]
        assert answer["writer"] == "quotes"
        checked = await tell("check", text=f"{TRUE} {FALSE}")
        assert [one["verdict"] for one in checked["sentences"]] == ["supported", "contradicted"]
        assert "not autoscale" in checked["sentences"][1]["quotes"][0]["quote"]
        scope = await tell("exam_scope", topic="Is batch inference on the exam?")
        assert scope["verdict"] == "yes"
        asked = await tell("quiz", section=4)
        assert '"correct":' not in json.dumps(asked)
        graded = await tell("grade", attempt=asked["attempt"], answer="A")
        assert graded["key"]
        card = await tell("card", section=6)
        assert (await tell("grade", attempt=card["attempt"], answer="knew"))["correct"]
        assert (await tell("due"))["next"] is not None
        assert (await tell("progress"))["attempts"] == 1  # flash cards are scheduled, but say nothing about the exam
        in_a_month = datetime.now(UTC).date() + timedelta(days=30)
        assert len((await tell("plan", exam_date=in_a_month.isoformat()))["days"]) == 30
        (tmp_path / "drift.md").write_text("# Zebra drift\n\nZebra drift means that stripes change over time.\n")
        added = await tell("add_material", paths=[str(tmp_path / "drift.md")])
        assert added["added"] == ["drift.md"]
        assert "drift.md" in [one["source"] for one in (await tell("sources"))["sources"]]
        assert (await tell("search", query="What is zebra drift?", k=1))["passages"][0]["source"] == "drift.md"
        assert (await tell("forget", source="drift.md"))["chunks"] == 1

    run(session, connect, home)
    assert called == TOOLS
    assert len(Session(home).progress.attempts()) == 1


def test_every_tool_says_what_it_does_takes_and_returns(home: Path) -> None:
    async def look(client: Client) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == TOOLS
        for name, tool in tools.items():
            assert tool.title
            assert tool.description
            assert len(tool.description) > 60
            assert tool.output_schema
            assert tool.output_schema["properties"]
            assert tool.annotations is not None
            assert tool.annotations.read_only_hint == (name not in CHANGING)
            assert all("description" in one for one in tool.input_schema["properties"].values())
        assert tools["forget"].annotations is not None
        assert tools["forget"].annotations.destructive_hint
        assert client.instructions
        assert "check" in client.instructions

    run(look, in_memory, home)


def test_a_tools_result_has_the_fields_of_the_command_lines_json(home: Path) -> None:
    async def compare(client: Client) -> None:
        for tool, arguments, command in (
            ("search", {"query": "canary"}, ["search", "canary"]),
            ("ask", {"question": "What is concept drift?"}, ["ask", "What is concept drift?"]),
            ("check", {"text": TRUE}, ["check", TRUE]),
            ("exam_scope", {"topic": "canary"}, ["scope", "canary"]),
            ("progress", {}, ["progress"]),
        ):
            printed = subprocess.run(
                [sys.executable, "-m", "ui.cli", *command, "--json", "--home", str(home)],
                cwd=ROOT, capture_output=True, text=True, check=True,
            )  # fmt: skip
            mine, theirs = await told(client, tool, **arguments), json.loads(printed.stdout)
            for found in (mine, theirs):
                found.pop("seconds", None)
            assert mine == theirs

    run(compare, in_memory, home)


def test_errors_say_what_to_do(home: Path) -> None:
    async def fail(client: Client) -> None:
        for tool, arguments, said in (
            ("read", {"source": "4.1-serving-model.md"}, "Did you mean"),
            ("grade", {"attempt": "nothing", "answer": "A"}, "Start a new one"),
            ("ask", {"question": "???"}, "Ask about something"),
            ("plan", {}, "not known yet"),
            ("add_material", {"paths": ["/nowhere/at/all.pdf"]}, "/nowhere/at/all.pdf"),
            ("search", {"query": "x", "k": 0}, "greater than or equal to 1"),
        ):
            result = await client.call_tool(tool, arguments)
            assert result.is_error
            assert said in text_of(result), text_of(result)

    run(fail, in_memory, home)


def test_adding_material_reports_progress_and_can_be_cancelled(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(12):
        (folder / f"{number:02d}.md").write_text(f"# Note {number}\n\nZebra number {number} has stripes.\n")
    reported: list[tuple[float, float | None]] = []

    async def add(client: Client) -> None:
        with anyio.CancelScope() as scope:

            async def progress(done: float, total: float | None, message: str | None) -> None:
                reported.append((done, total))
                if done >= 2:
                    scope.cancel()

            await client.call_tool("add_material", {"paths": [str(folder)]}, progress_callback=progress)
        assert scope.cancelled_caught
        result = await client.call_tool("add_material", {"paths": [str(folder)]})
        while result.is_error and "Another ingest is running" in text_of(result):
            await anyio.sleep(0.2)
            result = await client.call_tool("add_material", {"paths": [str(folder)]})
        assert not result.is_error, text_of(result)
        names = [one["source"] for one in (await told(client, "sources"))["sources"]]
        assert {f"{number:02d}.md" for number in range(12)} <= set(names)

    run(add, over_stdio, home)
    assert [total for _, total in reported] == [12] * len(reported)
    assert reported[0][0] == 0


def test_notes_documents_sections_and_the_syllabus_can_be_read(home: Path) -> None:
    async def read(client: Client) -> None:
        async def resource(uri: str) -> str:
            (content,) = (await client.read_resource(uri)).contents
            assert isinstance(content, TextResourceContents)
            return content.text

        listed = [str(one.uri) for one in (await client.list_resources()).resources]
        assert f"groundwork://notes/{NOTE}" in listed
        assert (await resource(f"groundwork://notes/{NOTE}")).startswith("# 4.1")
        assert len(json.loads(await resource("groundwork://syllabus"))["sections"]) == 6
        assert json.loads(await resource("groundwork://sections/4"))["weight"] == 20
        assert "exam" in (await resource("groundwork://documents/exam-guide.pdf")).lower()
        for wrong in ("groundwork://sections/9", "groundwork://documents/nothing.pdf", "groundwork://documents/../x"):
            with pytest.raises(Exception, match=r"no section|no source|Unknown resource|security|not found"):
                await resource(wrong)

    run(read, in_memory, home)


def test_the_prompts_name_only_tools_that_exist(home: Path) -> None:
    async def look(client: Client) -> None:
        prompts = {prompt.name: prompt for prompt in (await client.list_prompts()).prompts}
        assert {prompt.title for prompt in prompts.values()} == {"Study session", "Explain and check", "Examine me"}
        for name, arguments in (
            ("study_session", {"topic": "canary releases"}),
            ("explain_and_check", {"topic": "data drift"}),
            ("examine_me", {"count": "5", "section": "4"}),
        ):
            (message,) = (await client.get_prompt(name, arguments)).messages
            assert isinstance(message.content, TextContent)
            quoted = set(message.content.text.split("`")[1::2])
            assert quoted
            assert quoted <= TOOLS
            assert next(iter(arguments.values())) in message.content.text

    run(look, in_memory, home)


def test_standard_output_carries_nothing_but_messages(home: Path) -> None:
    hello = {
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
    }  # fmt: skip
    ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    call = {
        "jsonrpc": "2.0",
        "id": 2,
        "method": "tools/call",
        "params": {"name": "search", "arguments": {"query": "x"}},
    }
    process = subprocess.Popen(
        [sys.executable, "-c", "import ui.cli, sys; print('noise'); sys.argv = ['study', 'mcp']; ui.cli.main()"],
        cwd=ROOT, env=os.environ | environment(home), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "noise\n"  # what is printed before the server starts is not ours to stop
    for message in (hello, ready, call):
        process.stdin.write(json.dumps(message) + "\n")
        process.stdin.flush()
    answers = [json.loads(process.stdout.readline()) for _ in range(2)]
    process.stdin.close()
    assert process.stdout.read() == ""
    process.wait(SECONDS)
    assert [answer["id"] for answer in answers] == [1, 2]


@pytest.mark.parametrize("name", ["claude-desktop", "claude-code", "cursor", "vscode", "gemini-cli", "codex"])
def test_the_printed_configuration_starts_the_server(name: str, home: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ui.cli", "mcp", "--config", name, "--home", str(home)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "Put this into" in done.stderr
    command = started_by(name, done.stdout)
    assert command[-3:] == ["mcp", "--home", str(home)]
    if name != "cursor":
        return

    async def look() -> None:
        server = StdioServerParameters(command=command[0], args=command[1:], env={"PYTHONPATH": str(ROOT)}, cwd=ROOT)
        async with Client(server, read_timeout_seconds=SECONDS) as client:
            assert {tool.name for tool in (await client.list_tools()).tools} == TOOLS

    asyncio.run(look())


def started_by(name: str, printed: str) -> list[str]:
    if name == "claude-code":
        return printed.split(" -- ", 1)[1].split()
    if name == "codex":
        import tomllib

        entry = tomllib.loads(printed)["mcp_servers"]["groundwork"]
    else:
        entry = json.loads(printed)["servers" if name == "vscode" else "mcpServers"]["groundwork"]
    return [entry["command"], *entry["args"]]


def test_an_unknown_client_is_answered_with_those_there_are() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ui.cli", "mcp", "--config", "telnet"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "claude-desktop" in done.stderr
