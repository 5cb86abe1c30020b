"""The commands that connect: mcp, serve, check, scope."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ui.console import AsJson, Home, Section, print_json, say, service_of

Host = Annotated[str, typer.Option("--host", help="Where to listen; anything but this machine needs a token.")]
Token = Annotated[str | None, typer.Option("--token", help="What requests must carry; better set STUDY_TOKEN.")]
Insecure = Annotated[bool, typer.Option("--insecure", help="Listen beyond this machine without a token.")]
MCP_PORT, REST_PORT = 8502, 8503


def mcp(
    http: Annotated[bool, typer.Option("--http", help="Streamable HTTP instead of standard input and output.")] = False,
    host: Host = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535)] = MCP_PORT,
    token: Token = None,
    insecure: Insecure = False,
    config: Annotated[
        str | None,
        typer.Option(
            "--config", help="Print configuration: claude-desktop, claude-code, cursor, vscode, gemini-cli, codex."
        ),
    ] = None,
    home: Home = None,
) -> None:
    """Let an assistant (Claude, Cursor, VS Code, Gemini CLI …) study with you: Groundwork as an MCP server."""
    if config is not None:
        _show_configuration(config, home)
        return
    from ingest.settings import find_home
    from ui.connect.server import MCP_PATH, http_app, run_stdio

    if not http:
        run_stdio(find_home(home))
        return
    from ui.connect.guard import is_loopback, people_of, serve, token_for, urls

    people = people_of(find_home(home), insecure=insecure)
    asked = token_for(host, token, insecure=insecure, people=people is not None)
    app = http_app(find_home(home), host, asked, people)
    say(f"Groundwork's MCP server is at {urls(host, port, [MCP_PATH])[0]} (Ctrl-C stops it)")
    _warn_when_open(is_loopback(host) or people is not None, asked)
    sys.stdout.flush()
    serve(app, host, port)


def serve(
    host: Host = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535)] = REST_PORT,
    token: Token = None,
    insecure: Insecure = False,
    home: Home = None,
) -> None:
    """Answer other programs over HTTP: the same calls as the command line, with an OpenAPI document at /docs."""
    from ingest.settings import find_home
    from ui.connect.guard import Guard, is_loopback, people_of, token_for, urls
    from ui.connect.guard import serve as run
    from ui.connect.rest import rest_app

    people = people_of(find_home(home), insecure=insecure)
    asked = token_for(host, token, insecure=insecure, people=people is not None)
    local = is_loopback(host)
    app = Guard(rest_app(find_home(home), local=local), token=asked, local=local, people=people)
    say(
        f"Groundwork answers at {urls(host, port, [''])[0]}, described at {urls(host, port, ['/docs'])[0]} (Ctrl-C stops it)"
    )
    _warn_when_open(local or people is not None, asked)
    sys.stdout.flush()
    run(app, host, port)


def _warn_when_open(local: bool, token: str | None) -> None:
    if not local and token is None:
        sys.stderr.write("Anyone who reaches this port can read the library and change progress.\n")


def _show_configuration(name: str, home: Path | None) -> None:
    from ui.connect.clients import Client, command_of, configuration

    if name not in [client.value for client in Client]:
        raise typer.BadParameter(f"{name} is not known; choose from {', '.join(Client)}", param_hint="--config")
    found = configuration(Client(name), command_of(home.expanduser().absolute() if home else None))
    sys.stderr.write(f"Put this into {found.where}:\n")
    say(found.text)


def check(
    text: Annotated[str | None, typer.Argument(help="A text; left out or -, it is read from standard input.")] = None,
    file: Annotated[Path | None, typer.Option("--file", help="Check this text file.")] = None,
    section: Section = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Check each sentence of a text against your material: supported, not supported, or contradicted."""
    found = service_of(home).check(_text(text, file), section=section)
    if as_json:
        print_json(found.as_json())
        return
    for one in found.sentences:
        say(f"{one.verdict:<14} {one.text}")
        for mismatch in one.mismatches:
            held = f"; the material: {mismatch.material}" if mismatch.material else ""
            say(f"{'':<15}{mismatch.kind}: {mismatch.said or 'left out'}{held}")
        for name in one.renamed:
            say(f"{'':<15}{name.former} is now called {name.present}")
        for quote in one.quotes[:1]:
            say(f"{'':<15}“{quote.shown}” ({quote.source}, page {quote.page})")
            for page in quote.official or ():
                say(f"{'':<15}official: {page.title}, {page.address}")
    say(f"\n{found.supported} supported, {found.not_supported} not supported, {found.contradicted} contradicted.")
    say(" ".join(found.notes))


def _text(text: str | None, file: Path | None) -> str:
    from ingest.errors import QuestionRejected

    if file is None:
        return sys.stdin.read() if text in (None, "-") else str(text)
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionRejected(f"{file} cannot be read as text: {error}. Give a UTF-8 text file.") from error


def scope(topic: Annotated[str, typer.Argument()], home: Home = None, as_json: AsJson = False) -> None:
    """Is a topic on the exam, and under which consideration?"""
    found = service_of(home).exam_scope(topic)
    if as_json:
        print_json(found.as_json())
        return
    say(found.says)
    for one in found.considerations[:5]:
        say(f"  {one.id}  {one.text}")


def anki(
    section: Section = None,
    url: Annotated[str, typer.Option("--url", help="Where AnkiConnect listens.")] = "http://127.0.0.1:8765",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Bring your questions into a running Anki; cards that are there are updated in place and keep their schedule."""
    from dataclasses import asdict

    from ui.connect.anki import AnkiConnect, push

    service = service_of(home)
    done = push(service.questions(section), AnkiConnect(url), service.session.syllabus)
    if as_json:
        print_json(asdict(done))
        return
    say(f"{done.added} cards added, {done.updated} updated, {done.unchanged} unchanged.")
