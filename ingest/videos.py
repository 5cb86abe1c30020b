"""Fetches the transcript of a YouTube video as subtitles, where the extra `[youtube]` is installed and the video has one."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from ingest.errors import MaterialError, first_line


class Snippet(Protocol):
    """A line of a transcript."""

    text: str
    start: float
    duration: float


Fetch = Callable[[str], Iterable[Snippet]]


def transcript_of(video: str, address: str, fetch: "Fetch | None" = None) -> tuple[str, str]:
    """A title and the transcript as WebVTT; raises `MaterialError` when there is none or it is out of reach."""
    snippets = list(fetch(video) if fetch is not None else _from_youtube(video, address))
    cues = [f"{_clock(one.start)} --> {_clock(one.start + one.duration)}\n{_escaped(one.text)}" for one in snippets]
    if not cues:
        raise MaterialError(f"{address} has an empty transcript.")
    return f"YouTube {video}", "\n\n".join([f"WEBVTT\n\nNOTE {address}", *cues]) + "\n"


def _from_youtube(video: str, address: str) -> Iterable[Snippet]:
    try:
        return _fetch(video)
    except ImportError as error:
        raise MaterialError(
            f"{address}: transcripts of videos need an extra: pip install 'groundwork-study[youtube]'. Or save the subtitles as "
            "a .vtt file."
        ) from error


def _fetch(video: str) -> Iterable[Snippet]:
    """The transcript somebody wrote, else the one that speech recognition made, in any language, English first."""
    from requests import RequestException
    from youtube_transcript_api import YouTubeTranscriptApi, YouTubeTranscriptApiException

    try:
        listed = list(YouTubeTranscriptApi().list(video))
        best: Any = min(listed, key=lambda one: (one.is_generated, not one.language_code.startswith("en")))
        found: Iterable[Snippet] = best.fetch()
        return found
    except (YouTubeTranscriptApiException, RequestException, ValueError) as error:
        raise MaterialError(
            f"The transcript of video {video} cannot be fetched: {first_line(error)}. Save its subtitles as a .vtt file instead."
        ) from error


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}.{int(seconds * 1000) % 1000:03}"


def _escaped(text: str) -> str:
    return " ".join(text.replace("&", "&amp;").replace("<", "&lt;").replace("-->", "→").split())
