"""Reads subtitles (SRT, VTT): each spoken word once, a paragraph where the speaker changes, a page for every two minutes.

A page is labeled with the time it starts. Rolling captions show each line again while the next one grows; a line is taken once
however often it is shown. Cues without any full stop, as speech recognition writes them, are cut into lines at pauses.
"""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingest.encoding import decode
from ingest.raw import RawPage, RawPages

BLOCK_SECONDS = 120
"""Length of a page."""
LONGEST = 24 * 3600
"""Seconds; a cue behind it is mistyped and stands with the cue before it."""
PAUSE = 2.0
"""Seconds of silence that end a line of speech without punctuation."""
LINE_WORDS = 30
"""After so many words a line of speech without punctuation ends with its cue."""
OVERRUN = 30.0
"""Seconds that a sentence may go on over the end of its page."""
PUNCTUATED = 60
"""Words to one full stop, at most, in speech with punctuation."""
_TIME = r"(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
_CUE = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}")
_BLOCK = re.compile(r"(?:NOTE|STYLE|REGION)(?=\s|$)|WEBVTT")
_TAG = re.compile(
    r"</?[cbiuv](?:[.\s][^<>]*)?>|</?(?:ruby|rt|lang|font|span)(?:[.\s][^<>]*)?>|<\d[\d:.]*>|\{\\[^{}]*\}",
    re.IGNORECASE,
)
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?\s++([^<>]+)>")
_SPEAKER = re.compile(r"^\s*(?:>>+|[-–—]\s)\s*")
_NAMED = re.compile(r"^(?:\[[^\[\]]{1,40}\]\s*)?([A-Z][\w.'’ -]{0,40}):\s+(?=\S)")
_SOUND = re.compile(r"^[\[(♪♫][^\[\]()]*[\])♪♫]?$")
_STOP = re.compile(r"[.?!。？！](?=\s|$|[\"'”’)])")


@dataclass(frozen=True, slots=True)
class Cue:
    """Lines shown from `start` to `end`, in seconds; `voice` is who speaks, where the file says so."""

    start: float
    end: float
    lines: tuple[str, ...]
    voice: str = ""


def read_transcript(path: Path) -> RawPages:
    """Subtitles as running text."""
    decoded = decode(path.read_bytes(), name=path.name)
    return RawPages(transcript_pages(parse_cues(decoded.text)), (decoded.note,) if decoded.note else ())


def parse_cues(text: str) -> list[Cue]:
    """The cues of a file; its notes, styles and regions are left out, and so is the number before each time."""
    cues: list[Cue] = []
    timed: tuple[float, float] | None = None
    lines: list[str] = []
    skipping = False
    for line in [*text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), "0:00:00.000 --> 0:00:00.000"]:
        if found := _CUE.match(line):
            if timed is not None:
                cues += _cue(timed, _without_number(lines))
            timed, lines, skipping = _times(found), [], False
        elif timed is None or not line.strip():
            skipping = False
            lines.append("")
        elif not lines or lines[-1] or not _BLOCK.match(line):
            lines += [line] if not skipping else []
        else:
            skipping = True
    return cues


def _times(found: re.Match[str]) -> tuple[float, float]:
    hours, minutes, seconds, part = (int(number or 0) for number in found.groups()[:4])
    start = hours * 3600 + minutes * 60 + seconds + part / 1000
    hours, minutes, seconds, part = (int(number or 0) for number in found.groups()[4:])
    return start, hours * 3600 + minutes * 60 + seconds + part / 1000


def _without_number(lines: list[str]) -> list[str]:
    """The lines of a cue without the number of the next one, which stands directly before its time."""
    spoken = list(lines)
    if len(spoken) > 1 and not spoken[-2].strip() and re.fullmatch(r"\s*[\w-]*\d+\s*", spoken[-1]):
        spoken.pop()
    return spoken


def _cue(timed: tuple[float, float], lines: Sequence[str]) -> Iterator[Cue]:
    """A cue for each voice in the lines."""
    voice = ""
    said: list[str] = []
    for line in lines:
        if (found := _VOICE.search(line)) and found[1].strip() != voice:
            if said:
                yield Cue(*timed, tuple(said), voice)
            voice, said = found[1].strip(), []
        if words := " ".join(html.unescape(_TAG.sub("", _VOICE.sub("", line))).split()):
            said.append(words)
    if said:
        yield Cue(*timed, tuple(said), voice)


def transcript_pages(cues: Sequence[Cue]) -> tuple[RawPage, ...]:
    """A page for every two minutes, in the order in which they were said; two minutes of silence are an empty page."""
    spoken = list(_each_once(_in_time(cues)))
    punctuated = len(_STOP.findall(" ".join(line for cue in spoken for line in cue.lines))) * PUNCTUATED >= sum(
        len(line.split()) for cue in spoken for line in cue.lines
    )
    blocks: dict[int, list[str]] = {}
    for start, words in _paragraphs(spoken, punctuated):
        blocks.setdefault(int(start) // BLOCK_SECONDS, []).append(words)
    return tuple(
        RawPage("\n\n".join(blocks.get(at, [])), _clock(at * BLOCK_SECONDS))
        for at in range(max(blocks, default=-1) + 1)
    )


def _in_time(cues: Sequence[Cue]) -> Iterator[Cue]:
    """Cues with the start of the one before where their own is beyond all films."""
    before = 0.0
    for cue in cues:
        before = cue.start if cue.start <= LONGEST else before
        yield cue if cue.start <= LONGEST else Cue(before, before, cue.lines, cue.voice)


def _each_once(cues: Iterator[Cue]) -> Iterator[Cue]:
    """Cues without the lines that the one before showed too: captions roll, and a growing line repeats its beginning."""
    shown: tuple[str, ...] = ()
    last_end = 0.0
    for cue in cues:
        if cue.start - last_end > PAUSE:
            shown = ()
        new = list(cue.lines)
        overlap = next(
            (size for size in range(min(len(shown), len(new)), 0, -1) if shown[-size:] == cue.lines[:size]), 0
        )
        del new[:overlap]
        if not overlap and shown and new and new[0].startswith(shown[-1] + " ") and len(cue.lines) == len(shown) == 1:
            new[0] = new[0][len(shown[-1]) + 1 :]
        shown, last_end = cue.lines, cue.end
        if new:
            yield Cue(cue.start, cue.end, tuple(new), cue.voice)


@dataclass(slots=True)
class _Speech:
    """A paragraph while it is said: when it began, who speaks, and the lines so far."""

    start: float = 0.0
    end: float = 0.0
    voice: str = ""
    lines: list[str] = field(default_factory=list)

    def ends_before(self, cue: Cue, line: str, punctuated: bool) -> bool:
        """Whether another paragraph begins with a line: another speaker, another page, or a pause where nothing else tells."""
        if not self.lines or _SPEAKER.match(line) or _NAMED.match(line) or cue.voice != self.voice:
            return bool(self.lines)
        whole = bool(_STOP.search(self.lines[-1][-3:])) or cue.start > self.end + PAUSE
        if cue.start // BLOCK_SECONDS > self.start // BLOCK_SECONDS:
            return whole or cue.start % BLOCK_SECONDS > OVERRUN or cue.start - self.start > BLOCK_SECONDS + OVERRUN
        return not punctuated and (cue.start > self.end + PAUSE or len(" ".join(self.lines).split()) >= LINE_WORDS)


def _paragraphs(cues: Sequence[Cue], punctuated: bool) -> Iterator[tuple[float, str]]:
    """Running text as paragraphs, each with the second in which it begins."""
    speech = _Speech()
    before = ""
    for cue in cues:
        for line in cue.lines:
            if speech.ends_before(cue, line, punctuated):
                yield speech.start, " ".join(speech.lines)
                speech = _Speech()
            if not speech.lines:
                speech = _Speech(cue.start, cue.end, cue.voice)
            if words := _SPEAKER.sub("", line).strip():
                named = f"{cue.voice}: {words}" if cue.voice and cue.voice != before else words
                speech.lines.append(named)
            before = cue.voice
        speech.end = cue.end
    if speech.lines:
        yield speech.start, " ".join(speech.lines)


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
