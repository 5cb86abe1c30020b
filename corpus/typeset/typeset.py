"""Typesets corpus/guide/exam-guide.pdf from guide.md and syllabus.yaml: `make guide`. Same text in, same bytes out."""

import sys
from pathlib import Path

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    ListFlowable,
    ListItem,
    PageBreak,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from assistant.syllabus import CORPUS, Section, Syllabus, load_syllabus

TEXT = Path(__file__).with_name("guide.md")
PDF = CORPUS / "guide" / "exam-guide.pdf"
BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=10.5, leading=15, spaceAfter=6)
SMALL = ParagraphStyle("small", parent=BODY, fontSize=8.5, leading=11, spaceAfter=0)
TITLE = ParagraphStyle("title", fontName="Helvetica-Bold", fontSize=20, leading=26, spaceAfter=12)
HEADINGS = [
    ParagraphStyle("h1", fontName="Helvetica-Bold", fontSize=16, leading=21, spaceBefore=12, spaceAfter=8),
    ParagraphStyle("h2", fontName="Helvetica-Bold", fontSize=12, leading=16, spaceBefore=8, spaceAfter=4),
]


def typeset(target: Path) -> None:
    """Write the guide to `target`."""
    syllabus = load_syllabus()
    story: list[Flowable] = [
        Paragraph("Professional Machine Learning Engineer: the exam guide in our own words", TITLE)
    ]
    story += _prose(TEXT.read_text(encoding="utf-8"))
    story += [PageBreak(), *_weights(syllabus)]
    for section in syllabus.sections:
        story += _section(section)
    story += [PageBreak(), *_changes(syllabus), PageBreak(), *_names(syllabus)]
    document = SimpleDocTemplate(
        str(target),
        pagesize=A4,
        leftMargin=22 * mm,
        rightMargin=22 * mm,
        topMargin=22 * mm,
        bottomMargin=22 * mm,
        title="Professional Machine Learning Engineer: exam guide in our own words",
        author="Groundwork",
        invariant=1,
    )
    document.build(story, onFirstPage=_page_number, onLaterPages=_page_number)


def _page_number(canvas: Canvas, document: SimpleDocTemplate) -> None:
    canvas.setFont("Helvetica", 8)
    canvas.drawCentredString(A4[0] / 2, 12 * mm, f"Groundwork exam guide, page {document.page}")


def _prose(text: str) -> list[Flowable]:
    flowables: list[Flowable] = []
    for block in text.strip().split("\n\n"):
        level = len(block) - len(block.lstrip("#"))
        style = HEADINGS[level - 1] if level else BODY
        flowables.append(Paragraph(block[level:].strip(), style))
    return flowables


def _weights(syllabus: Syllabus) -> list[Flowable]:
    before = {
        section.number: section.weight for guide in syllabus.guides for section in guide.sections if guide.id == "3.1"
    }
    rows = [["Section", "Title", "June 2026", "Guide 3.1"]]
    rows += [
        [str(section.number), section.title, f"{section.weight} %", f"{before[section.number]} %"]
        for section in syllabus.sections
    ]
    said = " ".join(
        f"Section {section.number}, {section.title}, makes up about {section.weight} percent of the exam."
        for section in syllabus.sections
    )
    return [Paragraph("Sections and weights", HEADINGS[0]), Paragraph(said, BODY), _table(rows, [16, 100, 25, 25])]


def _section(section: Section) -> list[Flowable]:
    title = f"Section {section.number}: {section.title} (about {section.weight} % of the exam)"
    flowables: list[Flowable] = [Paragraph(title, HEADINGS[0])]
    for objective in section.objectives:
        flowables.append(Paragraph(f"{objective.id} {objective.title}. Considerations:", HEADINGS[1]))
        items = [
            ListItem(Paragraph(item.text + (" (new or widened in June 2026)" if item.new else ""), BODY))
            for item in objective.considerations
        ]
        flowables.append(ListFlowable(items, bulletType="bullet", start="•", leftIndent=14))
    return flowables


def _changes(syllabus: Syllabus) -> list[Flowable]:
    paragraphs = [Paragraph(change, BODY) for change in syllabus.changes]
    return [Paragraph("What changed from guide 3.1 to June 2026", HEADINGS[0]), *paragraphs]


def _names(syllabus: Syllabus) -> list[Flowable]:
    rows = [["Former name", "Name since 2026", "Short form"]]
    rows += [[", ".join(name.old), name.new, name.short] for name in syllabus.names]
    intro = "The exam uses the new names. The API, the roles and the command-line names did not change."
    return [
        Paragraph("Renamed products", HEADINGS[0]),
        Paragraph(intro, BODY),
        Spacer(1, 4),
        _table(rows, [58, 62, 46]),
    ]


def _table(rows: list[list[str]], widths: list[int]) -> Table:
    cells = [[Paragraph(cell, SMALL) for cell in row] for row in rows]
    table = Table(cells, colWidths=[width * mm for width in widths], repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.HexColor("#c8cdd8")),
                ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#eef1f7")),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ]
        )
    )
    return table


if __name__ == "__main__":
    typeset(PDF)
