"""Small words that turn a sentence: negation, scope, bounds, direction, condition, cause; tables for general English."""

import re


def _table(text: str) -> frozenset[str]:
    return frozenset(text.split())


NEGATED_VERBS = _table(
    "not cannot never nor isn't aren't wasn't weren't don't doesn't didn't can't won't wouldn't shouldn't couldn't hasn't haven't"
)
NEGATIONS = NEGATED_VERBS | _table(
    """
    no none neither without nothing nobody nowhere unable lacks lack lacking impossible missing absent absence ignores ignore
    outside fails fail prevents prevent unreachable excluded excludes exclude unavailable unsupported incompatible
    """
)
NO_NEGATION = re.compile(
    r"\b(?:no (?:more|later|less|fewer|earlier|sooner|longer) than|not (?:only|just|before|earlier|later)|no matter)\b",
    re.IGNORECASE,
)
_NEGATING = re.compile(r"\b(?:instead of|rather than|no longer|rules? out|other than|except(?: for)?)\b", re.IGNORECASE)
_SIDES = """
    increase increases increased rise rises rose grow grows grew raise raises raised lengthen lengthens
    decrease decreases decreased fall falls fell drop drops dropped decline declines shrink shrinks shrank reduce reduces lowers

    higher larger bigger greater
    lower smaller

    high large big long
    low small little short

    more
    less fewer

    longer lengthen lengthens
    shorter shorten shortens

    faster sooner quicker fast quick
    slower slow

    earlier early
    later late

    before
    after

    first
    last

    cheaper cheap inexpensive
    expensive costly costlier

    better best well good
    worse worst badly poorly bad

    most maximum highest largest
    least minimum lowest smallest

    above
    below

    enable enables enabled on
    disable disables disabled off

    allow allows allowed permits permitted
    deny denies denied forbid forbids forbidden blocks

    include includes included including
    exclude excludes excluded excluding

    add adds added
    remove removes removed

    start starts started begins
    end ends ended stops stopped

    overestimate overestimates
    underestimate underestimates

    overfit overfits overfitted overfitting
    underfit underfits underfitted underfitting

    oversampling oversample
    undersampling undersample

    freeze freezes frozen
    unfreeze unfreezes unfrozen

    positive positives
    negative negatives

    true
    false

    upload uploads
    download downloads

    public
    private

    internal
    external

    online
    offline

    synchronous synchronously
    asynchronous asynchronously

    required mandatory
    optional

    local locally
    global globally

    newest latest
    oldest

    manual manually
    automatic automatically

    same identical equal
    different

    accept accepts accepted
    reject rejects rejected

    strong stronger
    weak weaker

    narrow narrows
    wide widens widen

    rare rarely
    common commonly

    supported supports
    unsupported

    encrypted
    unencrypted
"""
OPPOSITES = [(_table(pair.split("\n")[0]), _table(pair.split("\n")[1])) for pair in _SIDES.strip().split("\n\n")]
"""Words of opposite sense, side against side."""
FUNCTION_WORDS = NEGATIONS | _table(
    """
    whereas while although though however therefore because since until unless only also too very just even still already both
    each every all any some many much most more less few fewer other another such same own one two three must may might need
    needs use uses used using get gets got let lets make makes made take takes give gives given say says said see like well via
    per within between among about over under after before during through up down out off again once here there where why how
    whether either else yet thus hence instead rather than then so be being been become becomes always often usually sometimes
    """
)
"""Words that say little by themselves; those with a sense of direction or scope are looked at elsewhere."""
_SCOPES = {
    "all": r"all|every|each|always|any|anything|both|entire|whole|altogether|everywhere|in every case",
    "only": r"only|solely|exclusively|alone|just|single|limited to|nothing but|no other|other than|except|apart from",
    "some": r"some|sometimes|often|usually|typically|may|might|can|could|generally|frequently|nearly|mostly",
    "at least": r"at least|minimum|no (?:fewer|less|earlier|sooner) than|not (?:before|earlier than)|or (?:more|later)|"
    r"must (?:have|hold)",
    "at most": r"at most|maximum|up to|no (?:more|later|longer) than|or (?:less|fewer|earlier)|limited to|"
    r"as (?:large|many|long) as",
}
SCOPES = {name: re.compile(rf"\b(?:{words})\b", re.IGNORECASE) for name, words in _SCOPES.items()}
CONDITION = re.compile(
    r"\b(?:if|when|whenever|unless|until|once|as long as|only|except|provided|other than|without|with the|in case|where|while|"
    r"starting with|by default|for jobs|in Preview|after|before|although|not together with|and not)\b",
    re.IGNORECASE,
)
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
CAUSE = re.compile(
    rf"\b(?:because|since(?! (?:\d|{_MONTHS}))|as it|so that|so|therefore|hence|thus|due to|owing to|caused by|in order to|"
    r"to avoid|which is why)\b",
    re.IGNORECASE,
)
CONSEQUENCES = frozenset({"so", "so that", "therefore", "hence", "thus", "which is why"})
"""Words of `CAUSE` behind which the consequence stands, and the reason before them."""
_BREAK = re.compile(
    r"[;:,(]\s+|(?<!\s)\s+(?=(?:and|but|while|whereas|because|since|so|if|when|unless|although|though|which|where|or|not)\b)",
    re.IGNORECASE,
)
SHORTEST_CLAUSE = 3
"""Words; a shorter piece between two commas is an item of a list and stays with what stands before it."""


def words_of(text: str) -> list[str]:
    """Lower-cased words, contractions whole."""
    return re.findall(r"[^\W_]+(?:['’.\-_][^\W_]+)*", text.lower().replace("’", "'"))


def negated(text: str) -> bool:
    """Whether a text says that something is not so; `no more than` and `not only` say nothing of the kind."""
    text = NO_NEGATION.sub(" ", text)
    return bool(NEGATIONS & set(words_of(text))) or bool(_NEGATING.search(text))


def opposed_words(said: str, held: str) -> list[tuple[str, str]]:
    """Words of `said` whose opposite, and not the word or one of its side, stands in `held`."""
    mine, theirs = set(words_of(said)), set(words_of(held))
    found = []
    for pair in OPPOSITES:
        for side, other in (pair, pair[::-1]):
            if mine & side and not mine & other and theirs & other and not theirs & side:
                found.append((min(mine & side), min(theirs & other)))
    return found


def opposites(said: str, held: str) -> list[tuple[str, str]]:
    """The same, unless just one of the two texts negates: what `cannot be disabled` is always on."""
    return [] if negated(said) != negated(held) else opposed_words(said, held)


def flipped(said: str, held: str) -> bool:
    """Whether one of two texts negates and the other neither does nor says the opposite word instead."""
    return negated(said) != negated(held) and not opposed_words(said, held)


def scopes(text: str) -> frozenset[str]:
    """Which kinds of scope a text states, named as in `SCOPES`."""
    return frozenset(name for name, pattern in SCOPES.items() if pattern.search(text))


def clauses(text: str) -> list[str]:
    """A sentence cut at punctuation and conjunctions; items of a list stay together."""
    pieces: list[str] = []
    for piece in _BREAK.split(text):
        if pieces and len(piece.split()) < SHORTEST_CLAUSE:
            pieces[-1] = f"{pieces[-1]}, {piece}"
        elif piece.strip():
            pieces.append(piece.strip())
    return pieces or [text]


def reason_in(text: str) -> str | None:
    """The part of a sentence that gives a reason; None when it gives none."""
    found = CAUSE.search(text)
    if found is None:
        return None
    if found.group().lower() in CONSEQUENCES and found.start():
        return text[: found.start()]
    after = text[found.end() :]
    return after.split(",")[0] if found.start() == 0 else after
