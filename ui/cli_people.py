"""The command `study people`: who may sign in to this library's server."""

from typing import Annotated

import typer

from ui.console import AsJson, Home, print_json, say

Name = Annotated[str, typer.Argument(help="A person's name.")]
people = typer.Typer(
    help="People who sign in to `study ui` and `study serve`, each with a library of their own.",
    rich_markup_mode=None,
    invoke_without_command=True,
)


@people.callback()
def list_people(context: typer.Context, home: Home = None, as_json: AsJson = False) -> None:
    """List who may sign in."""
    if context.invoked_subcommand is not None:
        return
    from assistant.people import People
    from ingest.settings import find_home

    names = [person.name for person in People(find_home(home)).all()]
    if as_json:
        print_json({"people": names})
        return
    for name in names:
        say(name)
    if not names:
        say("Nobody can sign in yet: study people add NAME")


@people.command()
def add(name: Name, home: Home = None) -> None:
    """Let somebody sign in and print their token, once; for somebody who is known the old token ends."""
    from assistant.people import People
    from ingest.settings import find_home

    token = People(find_home(home)).add(name)
    say(token)
    typer.echo("Give this token to them alone; it is not shown again.", err=True)


@people.command()
def remove(name: Name, home: Home = None) -> None:
    """End somebody's sign-in; their library and progress are kept."""
    from assistant.people import People
    from ingest.settings import find_home

    kept = People(find_home(home)).remove(name)
    say(f"{name} can no longer sign in. What they had is kept in {kept}.")
