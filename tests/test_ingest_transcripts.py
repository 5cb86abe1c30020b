import pytest

from ingest.formats.transcripts import parse_cues, transcript_pages


def spoken(text: str) -> list[tuple[str, str]]:
    return [(page.label, page.text) for page in transcript_pages(parse_cues(text))]


def rolling(lines: list[str]) -> str:
    """Captions as a video site writes them: each line grows word by word, then stands still, then is shown once more."""
    text, shown, at = "WEBVTT\nKind: captions\nLanguage: en\n\n", " ", 1.0
    for line in lines:
        words = line.split()
        growing = words[0] + "".join(
            f"<00:00:{at + 0.1 * n:06.3f}><c> {word}</c>" for n, word in enumerate(words[1:], 1)
        )
        text += f"00:00:{at:06.3f} --> 00:00:{at + 2:06.3f} align:start position:0%\n{shown}\n{growing}\n\n"
        text += f"00:00:{at + 2:06.3f} --> 00:00:{at + 2.01:06.3f} align:start position:0%\n{line}\n \n\n"
        shown, at = line, at + 2.01
    return text


def test_rolling_captions_hold_each_word_once() -> None:
    lines = ["so today we look at the slate", "scheduler and what it does", "when a job fails &amp; stops"]
    assert spoken(rolling(lines)) == [
        ("00:00:00", "so today we look at the slate scheduler and what it does when a job fails & stops")
    ]


def test_words_that_are_really_said_twice_are_kept() -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\nWait.\n\n2\n00:00:08,000 --> 00:00:09,000\nWait.\n"
    assert spoken(text) == [("00:00:00", "Wait. Wait.")]


def test_a_growing_line_is_taken_when_it_is_whole() -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\nthe gate\n\n00:02.000 --> 00:03.000\nthe gate opens at six.\n"
    assert spoken(text) == [("00:00:00", "the gate opens at six.")]


def test_a_change_of_speaker_begins_a_paragraph() -> None:
    text = (
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann Lee>Who is told?\n\n00:02.000 --> 00:03.000\n<v Bob>The owner.\n\n"
        "00:03.000 --> 00:04.000\n&gt;&gt; Thank you.\n\n00:04.000 --> 00:05.000\n- Bye.\n"
    )
    assert spoken(text) == [("00:00:00", "Ann Lee: Who is told?\n\nBob: The owner.\n\nThank you.\n\nBye.")]


def test_notes_styles_and_regions_are_left_out_and_words_like_them_kept() -> None:
    text = (
        "WEBVTT - a title\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:a\n\nNOTE\nby the editor\nin two lines\n\nintro\n"
        "00:01.000 --> 00:02.000 line:0\nNOTEBOOKS run on Workbench.\nNOTE the difference.\n\nNOTE one more\n\n"
        "00:03.000 --> 00:04.000\nDone.\n"
    )
    assert spoken(text) == [("00:00:00", "NOTEBOOKS run on Workbench. NOTE the difference. Done.")]


def test_a_number_that_is_said_is_kept_and_the_number_of_a_cue_is_not() -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\n20\n\n2\n00:00:03,000 --> 00:00:04,000\nis the limit.\n42\n"
    assert spoken(text) == [("00:00:00", "20 is the limit. 42")]


@pytest.mark.parametrize("hours", ["2500000", "99999999999"])
def test_a_mistyped_hour_stands_with_the_cue_before_it(hours: str) -> None:
    text = f"1\n00:02:01,000 --> 00:02:02,000\nThe okapi limit\n\n2\n{hours}:00:01,000 --> {hours}:00:02,000\nis 12.\n"
    assert spoken(text) == [("00:00:00", ""), ("00:02:00", "The okapi limit is 12.")]


def test_a_sentence_stays_on_the_page_where_it_begins() -> None:
    text = "1\n00:01:58,000 --> 00:01:59,900\nA job is parked\n\n2\n00:02:00,000 --> 00:02:02,000\nfor 20 minutes.\n"
    assert spoken(text) == [("00:00:00", "A job is parked for 20 minutes.")]


def test_speech_without_punctuation_is_cut_at_pauses() -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\nthe gate opens at six\n\n2\n00:00:06,000 --> 00:00:07,000\nit closes at ten\n"
    assert spoken(text) == [("00:00:00", "the gate opens at six\n\nit closes at ten")]


def test_signs_of_other_programs_go_and_comparisons_stay() -> None:
    text = '1\n00:00:01,000 --> 00:00:02,000\n{\\an8}<i>Use</i> <font color="red">a &lt; b</font> or a < c.\n'
    assert spoken(text) == [("00:00:00", "Use a < b or a < c.")]
