import io
import sys
from pathlib import Path

import pytest
from PIL import Image

from ingest.bounded import BoundedProcess
from tests.conftest import SHARED, make_pdf
from ui.page_image import MOST_PIXELS, MOST_SIDE, render_page

HUGE = SHARED / "cases" / "security" / "huge-page"
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


def make_large(path: Path, width: float, height: float, *, unit: float = 1) -> Path:
    """A PDF of one page of any size, with a sentence in its middle."""
    words = f"BT /F1 12 Tf {width / 2:.0f} {height / 2:.0f} Td (The giraffe limit is 7.) Tj ET"
    parts = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width:.0f} {height:.0f}] /UserUnit {unit} /Contents 4 0 R "
        "/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        f"<< /Length {len(words)} >>\nstream\n{words}\nendstream",
    ]
    objects = "".join(f"{number} 0 obj\n{part}\nendobj\n" for number, part in enumerate(parts, 1))
    path.write_text(f"%PDF-1.7\n{objects}trailer << /Root 1 0 R /Size 5 >>\n%%EOF\n")
    return path


@pytest.mark.parametrize(
    ("width", "height"),
    [
        (595, 842),
        (4_000, 4_000),
        (14_400, 14_400),
        (14_400, 20),
        (20, 14_400),
        (40_000, 40_000),
        (1e9, 1e9),
        (1e7, 900),
    ],
)
def test_an_image_has_a_bounded_number_of_pixels_and_the_quote_on_it(
    tmp_path: Path, width: float, height: float
) -> None:
    """A page of the largest legal size took 42 s and 6 GB."""
    image = render_page(make_large(tmp_path / "a.pdf", width, height), 1, "The giraffe limit is 7.")
    assert image is not None
    assert image.marked
    wide, high = Image.open(io.BytesIO(image.png)).size
    assert wide * high <= 1.01 * MOST_PIXELS
    assert max(wide, high) <= MOST_SIDE
    assert marked_rows(image.png)


def test_a_page_that_cannot_be_drawn_costs_its_picture_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_pdf(tmp_path / "a.pdf", [["Some words."]])
    for harm in ("import time; time.sleep(60)", "import os; os.abort()", "bytearray(10**12)"):
        painter = BoundedProcess([sys.executable, "-c", harm], seconds=1, memory_megabytes=500)
        monkeypatch.setattr("ui.page_image._painter", lambda painter=painter: painter)
        assert render_page(path, 1, "Some words.") is None
        painter.close()
    monkeypatch.undo()
    assert render_page(path, 1, "Some words.") is not None


@pytest.mark.skipif(not HUGE.exists(), reason="the hostile inputs are not here")
def test_the_given_huge_pages_are_shown_with_their_quote() -> None:
    for path in sorted(HUGE.glob("*.pdf")):
        image = render_page(path, 1, "The giraffe limit")
        assert image is not None, path.name
        assert image.marked, path.name


@pytest.mark.skipif(not GUIDE.exists(), reason="the reference guide is not here")
def test_the_real_guide_is_marked_although_its_fonts_lose_letters() -> None:
    image = render_page(GUIDE, 5, "Monitoring for training-serving skew")
    assert image is not None
    assert image.marked


def test_a_quote_is_marked_in_columns_tables_and_cut_words_as_well(tmp_path: Path) -> None:
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(tmp_path / "a.pdf"), invariant=1)
    left = ["The Ochre balancer sends each call", "to the server with the small-", "est number of open calls there."]
    right = [
        "The Umber limiter stops any client",
        "that sends more than 90 calls in",
        "a minute of the busy afternoon.",
    ]
    for number, (one, other) in enumerate(zip(left, right, strict=True)):
        canvas.drawString(72, 700 - 14 * number, one)
        canvas.drawString(320, 700 - 14 * number, other)
    canvas.drawString(72, 400, "medium")
    canvas.drawString(200, 400, "16 GB")
    canvas.drawString(320, 400, "0.40")
    canvas.save()
    quotes = [
        "to the server with the smallest number of open calls there. The Umber limiter stops",
        "| medium | 16 GB | 0.40 |",
    ]
    for quote in quotes:
        image = render_page(tmp_path / "a.pdf", 1, quote)
        assert image is not None
        assert image.marked, quote
