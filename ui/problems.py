"""Errors as the app says them: what to do next is a page or a button here, never a command to type."""

import re

from ui.render import as_markdown

_HERE = (
    (r" Raise \[answers\] seconds in study\.toml, or use --writer quotes\.", " Try again, or answer with quotes."),
    (r" Use --writer quotes meanwhile\.", " Try again, or answer with quotes."),
    (r" Raise \[answers\] seconds in study\.toml, or make questions without it\.", " Make questions without it."),
    (r" Use auto, quotes, local, or a model as provider:model\.", " Choose another one in Settings."),
    (r"There is no writer '([^']*)'", r"There is no answer style called “\1”"),
    (r"The writer ", "The model "),
    (
        r" Install it with: make run, or pip install \"groundwork-study\[local\]\"\.",
        " The README says how to install it.",
    ),
    (r" ?`study search` prints the names\.", " The Library page lists what there is."),
    (
        r"The library at .+ is empty\. Add material first: study ingest PATH",
        "Your library is empty. Add material first.",
    ),
    (
        r"Run `study ingest --rebuild` to build it again, or change \[embedding\] model back\.",
        "Rebuild the search index.",
    ),
    (r"Another ingest is running \(process \d+\)\.?", "Other files are being added right now."),
)


def said(error: Exception | str) -> str:
    """An error's sentences as Markdown, with what only the command line can do put in the app's terms."""
    words = str(error)
    for written, here in _HERE:
        words = re.sub(written, here, words)
    return as_markdown(words)
