"""The MCP server: tools, resources and prompts over one library, spoken over stdio or streamable HTTP."""

import logging
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from mcp.server.mcpserver import MCPServer
from starlette.types import ASGIApp

from assistant.people import People
from ui.connect.guard import Guard, is_loopback
from ui.connect.opening import Opening
from ui.connect.resources import add_prompts, add_resources
from ui.connect.tools import add_tools

MCP_PATH = "/mcp"
INSTRUCTIONS = """Groundwork holds a learner's study material for the Google Cloud Professional Machine Learning Engineer exam:
notes that ship with it and the learner's own documents. Every quote it returns stands word for word at the place it names.

Before you state a fact about the exam or its products, look it up with `search` or `ask`. Before you show an explanation, run
`check` on it and correct what is not supported. Practice with `quiz` and `grade`: never reveal or guess a key before the
learner has answered. When the material does not answer, say so."""


def make_server(home: Path, *, local: bool = True) -> MCPServer:
    """The server over a home; nothing is opened before the first call needs it.

    Where it is not `local`, only files inside the home can be added.
    """
    calls = Opening(home, local=local)
    server = MCPServer(
        "groundwork", title="Groundwork", instructions=INSTRUCTIONS, version=_version(), log_level="WARNING"
    )
    add_tools(server, calls)
    add_resources(server, calls)
    add_prompts(server)
    calls.warm_up()
    return server


def run_stdio(home: Path) -> None:
    """Talk over standard input and output; everything else that is printed goes to standard error."""
    logging.getLogger("mcp").setLevel(logging.WARNING)
    make_server(home).run("stdio")


def http_app(home: Path, host: str, token: str | None, people: People | None = None) -> ASGIApp:
    """The server as an ASGI application that answers under `/mcp`, guarded."""
    local = is_loopback(host)
    app = make_server(home, local=local).streamable_http_app(streamable_http_path=MCP_PATH, host=host)
    return Guard(app, token=token, local=local, people=people)


def _version() -> str:
    try:
        return version("groundwork-study")
    except PackageNotFoundError:  # run from a checkout that was not installed
        return "0"
