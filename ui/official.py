"""Links to the official pages behind a quote, where they are known."""

from assistant.answers import Citation
from assistant.footnotes import OfficialPage
from ui import text
from ui.render import SAFE_ADDRESS, as_markdown


def official_links(citation: Citation) -> list[str]:
    """Markdown of links to the pages that say the same officially."""
    return [link for page in citation.official if (link := link_to(page))]


def link_to(page: OfficialPage) -> str:
    """Markdown of a link that says where it goes; empty for anything but a web address."""
    if not SAFE_ADDRESS.fullmatch(page.address):
        return ""
    return f":material/open_in_new: [{text.SOURCE_OFFICIAL}: {as_markdown(page.title)}]({page.address})"
