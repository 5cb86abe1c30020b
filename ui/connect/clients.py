"""Configuration that the usual MCP clients take to start Groundwork."""

import json
import shlex
import shutil
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

NAME = "groundwork"


class Client(StrEnum):
    """A program that starts MCP servers."""

    CLAUDE_DESKTOP = "claude-desktop"
    CLAUDE_CODE = "claude-code"
    CURSOR = "cursor"
    VSCODE = "vscode"
    GEMINI = "gemini-cli"
    CODEX = "codex"


@dataclass(frozen=True, slots=True)
class Configuration:
    """Text to put into a file, or a command to run, and where."""

    where: str
    text: str


def command_of(home: Path | None) -> list[str]:
    """The command that starts the server: this installation's `study`, else this Python."""
    beside = Path(sys.executable).with_name("study.exe" if sys.platform == "win32" else "study")
    found = str(beside) if beside.is_file() else shutil.which("study")
    start = [found] if found else [sys.executable, "-m", "ui.cli"]
    return [*start, "mcp", *(["--home", str(home)] if home else [])]


def configuration(client: Client, command: list[str]) -> Configuration:
    """What a client needs to start the server with `command`."""
    server = {"command": command[0], "args": command[1:]}
    if client is Client.CLAUDE_DESKTOP:
        places = (
            "claude_desktop_config.json (macOS: ~/Library/Application Support/Claude, Windows: %APPDATA%\\Claude, "
            "Linux: ~/.config/Claude); restart Claude Desktop afterwards"
        )
        return Configuration(places, _json({"mcpServers": {NAME: server}}))
    if client is Client.CLAUDE_CODE:
        return Configuration("a terminal", f"claude mcp add --scope user {NAME} -- {shlex.join(command)}")
    if client is Client.CURSOR:
        return Configuration("~/.cursor/mcp.json", _json({"mcpServers": {NAME: server}}))
    if client is Client.VSCODE:
        return Configuration(".vscode/mcp.json in a workspace", _json({"servers": {NAME: {"type": "stdio"} | server}}))
    if client is Client.GEMINI:
        return Configuration("~/.gemini/settings.json", _json({"mcpServers": {NAME: server}}))
    table = f"[mcp_servers.{NAME}]\ncommand = {json.dumps(command[0])}\nargs = {json.dumps(command[1:])}"
    return Configuration("~/.codex/config.toml", table)


def _json(value: dict[str, object]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
