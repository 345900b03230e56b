"""Conditions on papers, read from a question by rules: each counts only where its phrase attaches to papers.

"How many papers from 2024 ..." asks for papers of a year; "since 1979" or "10 languages" are what a paper is about. So a
phrase is taken for a condition where nothing but such phrases and linking words stand between it and a word for papers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.amounts import Part, amounts
from rag.filters import Filters, Scan
from rag.literals import Literal, literals, remarks
from rag.opposed import filters_of, sides_of
from rag.periods import TIME, Period, periods
from rag.wanted import topic_words

_BEFORE_WORK = (
    r"(?:which|what|how many|many|the|listed|all|any|of|these|those|recent|other|published|posted|earlier|latest|newest|your|only|single)"
)
PAPERS = (
    r"(?:papers?|abstracts?|articles?|publications?|preprints?|(?<!case )studies|(?<=the )study|(?<=which )study|entries|records|titles"
    r"|(?<=\bmost recent )work|(?:(?<=latest )|(?<=newest )|(?<=oldest ))work|(?<=\btwo )works|(?<=\bthree )works"
    r"|(?<=\bwhich )works|(?<=\bthese )works|(?<=\bwhat )works|(?<=\blisted )works|(?<=\bmany )works(?! of (?!\d))"
    r"|works(?= (?:from|of (?:19|20)\d\d|with|by"
    r"|that|posted|published|on|about|are|were|have|mention|contain|do\b|in\b|since|before|after)|\?|$))"
)
# Words that mean papers only where a condition on papers, or an order of them, stands with them.
THINGS = r"(?:items?|works?|study|studies|entry|entries|pieces?|documents?|submissions?|manuscripts?|ones)"
_THINGS = (
    r"(?:which|what|how many|many|the|these|those|all|any|every|each|some|other|of|list|name|show|count|find|number|newest|latest|oldest"
    r"|earliest|upvoted|commented|authored|solo|untitled|undated|a|an|(?:19|20)\d\d|two|three|four|five|ten) " + THINGS
)
_BY_DATE = (
    r"(?:posted|published|listed|dated|released|uploaded|submitted|came out|come out|appear(?:ed)?|(?:from|in|of|since|before|after|during"
    rf"|between|until) (?:the )?{TIME})"
)
_BY_OTHERS = (
    r"(?:(?:written|authored|made) (?:by|alone|solo)|(?:by|with|of) (?:[\w-]+ ){0,4}(?:authors?|upvotes?|comments?"
    r"|people|persons?|researchers?)\b"
    r"|(?:up-?voted|commented on)\b)"
)
# What stands for papers without the word: "which ones are from ...", "what came out in ...", "how many have ...".
_STANDING_IN = (
    r"(?:(?:which|the|any|all|what) ones?\b|(?<=untitled )ones|(?<=those )ones|\bones(?=\s*[?.!]?$)|\bones(?= (?:from|of|with|by"
    r"|posted|published|that))|(?:what|anything|something|everything|all|those|stuff)(?: (?:else|new|there is|is there"
    r"|do you have|have you(?: got)?"
    r"|do we have|you have|we have|listed|here))*"
    rf"(?= (?:(?:(?:that|which) )?(?:was|were|is|has been|got|came|did) )?(?:{_BY_DATE}|{_BY_OTHERS}))"
    r"|\bwhere(?= (?:is|are|was|were|does|do|did)\b.*\b(?:mentioned|named|cited|referred to)\b)"
    r"|(?:how many|which|number)(?: of (?:them|these|those|all|it))?(?= (?:of them )?(?:are|is|were|was|have|has|had|got|get|come"
    r"|came|mention|contain|do not|don't|appeared|do you have|show)\b))"
)
_PAPERS = re.compile(rf"\b(?:{PAPERS})\b|\b{_STANDING_IN}", re.IGNORECASE)
_ATTACHED_TO = re.compile(rf"{_PAPERS.pattern}|\b{_THINGS}\b", re.IGNORECASE)
_HERE = (
    r"(?:in|of|from|on|among|within) (?:this|the|your|our|that|whole|entire) ?(?:whole |entire |present |given )?(?:corpus"
    r"|collection|listings?|list|index|library|database|data ?set|set|catalogue|catalog|page|feed)"
)
_GLUE = re.compile(
    rf"{_HERE}|\b(?:per|for each|each|every|by) (?:year|month)s?\b|\b(?:that|which|who|were|was|are|is|be|been|being|have|has|had"
    rf"|got|get|gets|there|here|do|does|did|you|we|i|us|me|know|posted|published"
    r"|received|drew|dates?|dating|back|went|online|online|something|everything|neither|nor|n|w|tell|list|show|give|count|collection"
    r"|corpus|listings?|entry|entries|items?|records|ever|already|each|first|last|more|than|vs|versus|compared|"
    r"listed|released|written|available|exist|existing|stored|shown|only|all|either|both|and|or|but|also|come|came|coming|out"
    r"|appear|appeared|"
    r"of|them|these|those|any|some|papers?|abstracts?|works?|studies|articles?|publications?|the|in|to|with|just|please|find|see"
    r"|say|please|"
    r"not|n't|don|doesn|didn|aren|weren|at|one|ones|explicitly|actually|whose|dated|still|total|altogether|t|a|an)\b|[,()'\u2019:]|\s",
    re.IGNORECASE,
)
_TOPIC = re.compile(
    r"^\s*(?:,|that|which|are|is|were|who)*\s*(?:on|about|dealing with|concerning|regarding|covering|related to|concerned with"
    r"|devoted to)\b[^?!.;]*$",
    re.IGNORECASE,
)
_FINITE = re.compile(r"(?:^|[\s,])(?:are|were|is|was|have been|has been|got)\b", re.IGNORECASE)
_ENDS = re.compile(r"\s*(?:[?.!,;]|$|and\b|that\b|which\b|with\b|have\b|has\b|mention)")
_LEADING = re.compile(r"^(?:and |but |so )?$", re.IGNORECASE)

_ASKS = re.compile(
    r"\W*(?:(?:and|but|so|then|ok|okay|please|now|hi|hello),? )*(?:(?:in|of|from|among|by|for|since|until|before|after|between"
    r"|during|with|without|on) .*)?"
    r"\b(?:what|which|who|whose|how|when|where|why|is|are|was|were|do|does|did|has|have|can|could|list|show|name|give|find|tell"
    r"|count|any|compare|rank|sort|order|get|print|break|split|group|tabulate|enumerate|display|fetch|search|look|plot|chart|top|everything)\b",
    re.IGNORECASE,
)
_LINKED = re.compile(
    r"\W*(?:(?:that|which|who|whose|also|too|on|about|in|of|with|for|by|from|and|or|please|using|mention\w*|contain\w*|per|concerning|regarding"
    r"|related|dealing|here|only|but|w|over|under|more|than|at|between|since|until|before|after|without|sorted|ranked|ordered|grouped)\b|$)",
    re.IGNORECASE,
)
_TELLING = re.compile(r"(?<!that )(?<!which )(?<!who )\b(?:has|have|had|is|are|was|were)\b \w", re.IGNORECASE)

_TITLE = r"(?:stated |given |proper |known )?titles?"
_FACTS = (
    (
        re.compile(
            rf"\b(?:(?:that|which) )?(?:(?:come|comes|came|are|is|were|listed|do|does) )*(?:without (?:an? |any |the )?{_TITLE}"
            rf"|(?:with|have|has|having|got) no {_TITLE}|lack(?:s|ing)?(?: a| any)? {_TITLE}"
            rf"|(?:not|n't) (?:have|state|give|show)(?: a| any)? {_TITLE}|(?:missing|no)(?: a)? {_TITLE}|whose titles? (?:is"
            rf"|are) (?:missing|not (?:stated|given|known))|not titled)\b|\b(?:untitled|title-?less)\b",
            re.IGNORECASE,
        ),
        Scan("missing", ("title",)),
    ),
    (
        re.compile(
            rf"\b(?:(?:that|which) )?(?:(?:come|comes|are|do) )?(?:(?:with|have|has|having|state|show)(?: an?| any"
            rf"| the)? {_TITLE}(?! (?:that|with|contain|mention|like))|titled(?= (?:{PAPERS})))(?: at all)?",
            re.IGNORECASE,
        ),
        Scan("missing", ("title",), negated=True),
    ),
    (
        re.compile(
            r"\b(?:(?:that|which) )?(?:(?:come|comes|are|do) )?(?:without (?:an? |any )?(?:stated |known )?(?:dates?|years?)"
            r"|(?:with|have|has|having|state|show) no (?:dates?|years?)|lack(?:ing)?(?: a| any)? (?:date|year)|(?:not|n't) (?:have"
            r"|state|show)(?: an?| any)? (?:date|year)|undated)\b",
            re.IGNORECASE,
        ),
        Scan("missing", ("date",)),
    ),
    (
        re.compile(
            r"\b(?:(?:that|which) )?(?:(?:with|have|has|having) )?(?:an? |their |the )?(?:inferred|guessed) (?:dates?|years?)\b"
            r"|\bwhose (?:dates?|years?) (?:is|are|was|were) (?:inferred|guessed)\b|\b(?:dates?|years?) (?:are|is|were|was"
            r"|got) (?:inferred|guessed)\b",
            re.IGNORECASE,
        ),
        Scan("inferred"),
    ),
    (
        re.compile(
            r"\b(?:(?:that|which) )?(?:(?:with|have|has|having|state|show|list)(?: an?| any"
            r"| the)? (?:stated )?(?:dates?)(?: at all)?|dated(?= (?:papers|abstracts)))\b",
            re.IGNORECASE,
        ),
        Scan("missing", ("date",), negated=True),
    ),
    (
        re.compile(
            r"\b(?:(?:that|which) )?(?:without (?:any |an? )?authors?|with no authors?|(?:not|n't) (?:state|list|name) (?:any "
            r"|their |its |the )?authors?)\b",
            re.IGNORECASE,
        ),
        Scan("missing", ("authors",)),
    ),
)
_FILE = re.compile(
    r"\b(?P<not>not |other than |except )?(?:from|in|of|on) (?:the )?(?:(?:file|source|listing)(?: (?:file|named"
    r"|called))? )?[\"'`]?(?P<name>[\w.-]{3,}?(?:\.\w{2,5})?)[\"'`]?(?= |[?,.!;]|$)",
    re.IGNORECASE,
)


_MEASURES = re.compile(
    r"\b(?:authors?|up-?votes?|likes?|comments?|titles?|dates?|most|least|fewest|highest|lowest|largest|smallest|newest|oldest|latest|earliest"
    r"|average|mean|median|share|percentage|fraction|proportion|per|upvoted|commented|please|could|entries|entry|items?)\b",
    re.IGNORECASE,
)
_PLACES = ("first", "second", "third", "fourth", "fifth", "sixth")
_PLACED_FILE = re.compile(
    rf"\b(?P<not>not |other than |except )?(?:from|in|of|on|within) (?:the )?(?P<place>{'|'.join(_PLACES)}"
    rf"|last) (?:files?|sources?|listings?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Conditions:
    """What was read: `filters`, where in the text (start, end), and the text `bare` of them, blanks in their place.

    `found` are the conditions one by one, each with its place. `tells` is true of a sentence that states something: nothing
    is read from it. `sides` are conditions whose numbers are to be compared, and are not among the `filters`.
    """

    filters: Filters
    spans: tuple[tuple[int, int], ...]
    bare: str
    found: tuple[Part, ...] = ()
    tells: bool = False
    sides: tuple[Filters, ...] = ()


def read_conditions(text: str, sources: Sequence[str] = ()) -> Conditions:
    """The conditions on papers that a question states. `sources` are the names of files that it may name."""
    plain = _straight(text)
    works = [match.span() for match in _ATTACHED_TO.finditer(plain)]
    found = _accepted(plain, works, sources) if works else []
    if (
        found
        and _PAPERS.search(plain) is None
        and _other_things(_blanked(plain, [*((one.start, one.end) for one in found), *remarks(plain)]))
    ):
        found = []
    tells = _tells(plain, _blanked(plain, [*((one.start, one.end) for one in found), *remarks(plain)]))
    if tells:
        found = []
    sides, compared = sides_of(plain, found)
    filters = filters_of([part for one in found if one not in compared for part in one.parts])
    spans = [(one.start, one.end) for one in found]
    if any(isinstance(one, Literal) for one in found):
        spans += remarks(plain)
    return Conditions(filters, tuple(sorted(spans)), _blanked(plain, spans), tuple(found), tells, sides)


def _other_things(bare: str) -> bool:
    """True where a word such as items or documents stands with words of a subject: they need not be papers."""
    return bool(topic_words(_MEASURES.sub(" ", _ATTACHED_TO.sub(" ", bare))))


def _tells(text: str, bare: str) -> bool:
    """True for a sentence that states something and asks nothing: "Papers published before 2010 overestimate effects"."""
    if "?" in text or _ASKS.match(text):
        return False
    first = _PAPERS.search(bare)
    return first is not None and (_LINKED.match(bare[first.end() :]) is None or _TELLING.search(bare[first.end() :]) is not None)


def _straight(text: str) -> str:
    """The text with straight quotes, each character in its place."""
    return text.translate(str.maketrans("\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb", '"""\'\'""'))


def _accepted(text: str, works: list[tuple[int, int]], sources: Sequence[str]) -> list[Part]:
    """The conditions that attach to papers, none overlapping another."""
    taken: list[Part] = []
    quoted = [match.span() for match in re.finditer(r"\"[^\"]*\"", text)]
    plain = [one for one in (*_files(text, sources), *_facts(text), *periods(text), *amounts(text)) if not _inside(one, quoted)]
    waiting = sorted(plain, key=lambda one: one.loose)
    _take(waiting, text, works, taken)
    for one in literals(text, tuple(other.start for other in plain)):
        if not _overlaps(one, taken) and (one.titles or _attached(text, one, works, taken)):
            taken.append(one)
    _take(waiting, text, works, taken)
    return taken


def _take(waiting: Sequence[Part], text: str, works: list[tuple[int, int]], taken: list[Part]) -> None:
    """Add the conditions that attach to those taken; one that does may be the bridge to another."""
    for _ in range(3):
        for one in waiting:
            if not _overlaps(one, taken) and (not one.loose or _attached(text, one, works, taken)):
                taken.append(one)


def _attached(text: str, one: Part, works: list[tuple[int, int]], taken: Sequence[Part]) -> bool:
    if isinstance(one, Period) and one.ahead:
        return True
    blank = _blanked(text, [(other.start, other.end) for other in taken])
    before = [end for _, end in works if end <= one.start]
    inside = any(start < one.end and one.start < end for start, end in works)
    if inside or any(not _GLUE.sub("", blank[end : one.start]) for end in before):
        return True
    if isinstance(one, Period):
        return (bool(before) and _resumes(one, blank[before[-1] : one.start], text[one.end :])) or _leads(one, text, works)
    return False


def _resumes(one: Period, between: str, after: str) -> bool:
    """True where the phrase speaks of papers again after their topic: "papers on speech from 2023", "... were posted in 2024"."""
    if one.verb in ("posted", "published", "listed", "dated", "came out", "appeared", "uploaded"):
        return (
            _TOPIC.match(between) is not None
            or re.search(r"(?:,|\band|\bbut|\bthat|\bwhich)\s*$", between) is not None
            or _FINITE.search(text_of(one, between)) is not None
        )
    return (
        _TOPIC.match(between) is not None
        and one.connector not in ("in", "during", "for", "on", "by", "to")
        and _ENDS.match(after) is not None
    )


def text_of(one: Period, between: str) -> str:
    """What stands right before the phrase."""
    return between[-12:]


def _leads(one: Part, text: str, works: list[tuple[int, int]]) -> bool:
    """True for "In 2024, how many papers ..." """
    head = text[: one.start]
    after = re.match(
        r"\s*,?\s*(?:how many|which|what|list|show|name|two|three|several|were|was|are)\b(?: (?:of (?:the|these|your)|listed|were"
        r"|was|the))*\s*",
        text[one.end :],
        re.IGNORECASE,
    )
    return _LEADING.match(head) is not None and after is not None and any(start == one.end + after.end() for start, _ in works)


def _facts(text: str) -> Iterator[Part]:
    for pattern, scan in _FACTS:
        for match in pattern.finditer(text):
            yield Part(*match.span(), (scan,), loose=False)


def _files(text: str, sources: Sequence[str]) -> Iterator[Part]:
    """Files of the corpus that are named: by their place, their name or a beginning that only one has."""
    for match in _PLACED_FILE.finditer(text):
        place = _PLACES.index(match["place"].lower()) if match["place"].lower() in _PLACES else len(sources) - 1
        if 0 <= place < len(sources):
            yield Part(*match.span(), (Scan("source", (sorted(sources)[place],), negated=bool(match["not"])),), loose=False)
    for match in _FILE.finditer(text):
        name = match["name"].lower()
        known = [one for one in sources if one.lower() == name or one.lower().rpartition(".")[0] == name]
        known = known or [
            one
            for one in sources
            if one.lower().startswith(name) and any(c.isdigit() for c in name) and not re.fullmatch(r"(?:19|20)\d\d", name)
        ]
        if len(known) == 1:
            yield Part(*match.span(), (Scan("source", (known[0],), negated=bool(match["not"])),), loose=False)


def _inside(one: Part, quoted: Sequence[tuple[int, int]]) -> bool:
    return any(start <= one.start and one.end <= end for start, end in quoted)


def _overlaps(one: Part, taken: Sequence[Part]) -> bool:
    return any(other.start < one.end and one.start < other.end for other in taken)


def _blanked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def has_papers(text: str) -> bool:
    """True where a text has a word for papers, or one that stands in for it."""
    return _PAPERS.search(text) is not None


def first_papers(text: str) -> tuple[int, int] | None:
    """Where the first word for papers stands, (start, end)."""
    found = _PAPERS.search(text)
    return found.span() if found else None
