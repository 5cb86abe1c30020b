"""How PDFs are read, file by file: `python -m eval.bench.pdfs FOLDER` over any folder of PDFs.

A line a file: pages, tables, headings, seconds of processor time and peak memory of a process of its own, and what a second
reader (pdftotext where it is installed, else pypdf) saw and ours did not: words lost, and words of ours that are two of its
words glued together. Both are counted over different words of three letters and more; running headers, which ours leaves
out, and words cut at line ends are no loss. With `--second` the second reader's seconds stand beside ours, with `--words` the
lost and glued words below.
"""

import argparse
import json
import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from ingest.errors import MaterialError
from ingest.pages import normalise
from ingest.raw import RawPages
from ingest.units import Kind, split_units

_CUT = re.compile(r"(?<=\w)[-\u00ad\u2010\ufffe\x02]\s*\n\s*(?=\w)")
_WORD = re.compile(r"[^\W\d_]{3,}")
Row = dict[str, float | str]


def words_of(texts: Iterable[str]) -> set[str]:
    """The different words of some texts, words cut at a line's end whole and in their pieces."""
    found: set[str] = set()
    for text in texts:
        plain = normalise(text)
        found |= {word.lower() for word in _WORD.findall(_CUT.sub("", plain))}
    return found


def read_second(path: Path) -> tuple[list[str], float]:
    """What a second reader makes of a file, and its seconds: poppler's pdftotext where it is installed, else pypdf."""
    started = _processor_seconds()
    if shutil.which("pdftotext"):
        done = subprocess.run(["pdftotext", "-enc", "UTF-8", str(path), "-"], capture_output=True, check=False)
        return done.stdout.decode("utf-8", "replace").split("\f"), _processor_seconds() - started
    texts = _read_with_pypdf(path)
    return texts, _processor_seconds() - started


def _read_with_pypdf(path: Path) -> list[str]:
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    texts: list[str] = []
    try:
        for page in pypdf.PdfReader(path).pages:
            texts.append(page.extract_text())
    except (pypdf.errors.PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return texts
    return texts


def compare(path: Path) -> Row:
    """One line of the table."""
    from ingest.pdf.reader import read_pdf

    started = _processor_seconds()
    raw = read_pdf(path)
    seconds = _processor_seconds() - started
    other, other_seconds = read_second(path)
    ours, theirs = words_of(page.text for page in raw.pages), words_of(other)
    both = ours | {word for text in other for word in _pieces(text)}
    lost = {word for word in theirs - ours if not _is_made_of(word, ours)}
    glued = {word for word in ours - theirs if word not in both - ours and _is_made_of(word, theirs)}
    return {
        "pages": len(raw.pages),
        "words": len(theirs),
        "lost": len(lost),
        "glued": len(glued),
        "missed": " ".join(sorted(lost)[:60]) + " | " + " ".join(sorted(glued)[:30]),
        "seconds": seconds,
        "second": other_seconds,
        "notes": " ".join(raw.notes),
        **_counts(raw),
    }


def _pieces(text: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(text)}


def _is_made_of(word: str, words: set[str]) -> bool:
    """Whether a word is two others written together."""
    return any(word[:at] in words and word[at:] in words for at in range(3, len(word) - 2))


def _counts(raw: RawPages) -> Row:
    kinds = [unit.kind for page in raw.pages for unit in split_units(page.text)]
    empty = sum(not page.text.strip() for page in raw.pages)
    return {"tables": kinds.count(Kind.HEADER), "headings": kinds.count(Kind.HEADING), "empty": empty}


def measure(path: Path) -> Row:
    """`compare` in a process of its own, with its peak memory."""
    command = [sys.executable, "-m", "eval.bench.pdfs", "--one", str(path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    output, _ = process.communicate()
    if process.returncode:
        return {"notes": output.strip() or "failed"}
    row: Row = json.loads(output.splitlines()[-1])
    return row


def main() -> None:
    """Print the table, or with `--one` one line of it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--one", type=Path)
    parser.add_argument("--second", action="store_true")
    parser.add_argument("--words", action="store_true")
    arguments = parser.parse_args()
    if arguments.one:
        try:
            row = compare(arguments.one)
        except MaterialError as error:
            raise SystemExit(str(error)) from error
        row["megabytes"] = _peak_megabytes()
        sys.stdout.write(json.dumps(row) + "\n")
        return
    for path in sorted(arguments.folder.glob("*.pdf")):
        row = measure(path)
        if "pages" not in row:
            sys.stdout.write(f"{path.name[:40]:<40} {row['notes']}\n")
            continue
        beside = f" (second {row['second']:.1f})" if arguments.second else ""
        sys.stdout.write(
            f"{path.name[:40]:<40} {row['pages']:>4} p  {row['words']:>6} words  lost {row['lost']:>4}  glued {row['glued']:>3}  "
            f"tables {row['tables']:>4}  headings {row['headings']:>4}  empty {row['empty']:>3}  "
            f"{row['seconds']:6.1f} s{beside}  {row['megabytes']:5.0f} MB  {row['notes']}\n"
        )
        if arguments.words:
            sys.stdout.write(f"    {row['missed']}\n")
        sys.stdout.flush()


def _processor_seconds() -> float:
    """CPU seconds of this process and of those it has waited for, which a busy machine does not change."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _peak_megabytes() -> float:
    if os.name == "nt":  # Windows does not tell
        return 0.0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
