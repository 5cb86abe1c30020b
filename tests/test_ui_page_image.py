import io
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import SHARED, make_pdf
from ui.page_image import render_page

GUIDE = SHARED / "reference" / "exam-guide-3.1.pdf"


def marked_rows(png: bytes) -> list[int]:
    """Rows of the image that hold a yellow pixel."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    width, height = image.size
    pixels = image.load()
    assert pixels is not None
    found = []
    for row in range(height):
        for column in range(0, width, 2):
            red, green, blue = pixels[column, row]  # type: ignore[misc]
            if red > 200 and green > 180 and blue < 190:
                found.append(row)
                break
    return found


def test_a_quote_over_two_lines_is_marked_on_its_page_and_nothing_else(tmp_path: Path) -> None:
    path = make_pdf(
        tmp_path / "a.pdf", [["Nothing here."], ["First line of text.", "The quote begins", "and ends here.", "Rest."]]
    )
    image = render_page(path, 2, "The quote begins\nand ends here.")
    assert image is not None
    assert (image.marked, image.pages) == (True, 2)
    rows = marked_rows(image.png)
    assert rows
    assert max(rows) - min(rows) < 80


def test_a_quote_that_is_not_on_the_page_is_not_marked(tmp_path: Path) -> None:
    image = render_page(make_pdf(tmp_path / "a.pdf", [["Some words."]]), 1, "Other words.")
    assert image is not None
    assert not image.marked
    assert marked_rows(image.png) == []


def test_a_page_or_file_that_is_not_there_gives_nothing(tmp_path: Path) -> None:
    path = make_pdf(tmp_path / "a.pdf", [["Some words."]])
    assert render_page(path, 2, "x") is None
    assert render_page(tmp_path / "none.pdf", 1, "x") is None


@pytest.mark.skipif(not GUIDE.exists(), reason="the reference guide is not here")
def test_the_real_guide_is_marked_although_its_fonts_lose_letters() -> None:
    image = render_page(GUIDE, 5, "Monitoring for training-serving skew")
    assert image is not None
    assert image.marked
