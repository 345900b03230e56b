"""The beginning of a line that runs title and abstract together, taken apart into tokens and what is known of each."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from rag.text import words_of

# Closed lists of English words that tell a title from a sentence. Written for scholarly English of any field.


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that stay small within a title in title case, and with which no title ends.
FUNCTION = words_of("auxiliaries") | _words(
    """
    a about above across after against along also amid among an and around as at be been before behind being below beneath
    beside between beyond both but by despite during either except for from he her here his how i
    if in inside into it its like near neither no nor not of off on onto or our out over per she
    since so than that the their then there these they this those through throughout thus to toward towards under underlying until
    up upon using versus via vs vs. we what when where whether which while who whom whose why with within without
    yet you your
    """
)

# Words with which abstracts open and which rarely have a capital inside a title.
OPENINGS = {
    "pronoun": _words(
        """
        all both each here i it many most my one our several some such there these they this those we
        """
    ),
    "conjunction": _words(
        """
        although because besides compared considering contrary currently despite due during following given historically however
        if inspired motivated notwithstanding nowadays once over overcoming previously recently since though throughout today
        traditionally understanding unlike until when whereas while whilst
        """
    ),
    "article": _words(
        """
        a an the
        """
    ),
    "preposition": _words(
        """
        after as at before between by for from in of on to using via with
        """
    ),
    "adjective of time": _words(
        """
        accurate considerable conventional current early effective emerging existing few growing increasing little modern
        numerous past present presented previous prior recent significant traditional various
        """
    ),
}
PRONOUNS_OF_TEXT = _words("here it our these they this we")

# Headings of structured abstracts: in capitals, in brackets or before a colon; the plain ones also before another capital.
PLAIN_HEADINGS = _words(
    """
    abstract aim aims background essentials importance introduction objective objectives publisher purpose rationale summary
    """
)
HEADINGS = PLAIN_HEADINGS | _words(
    """
    conclusion conclusions context design goal hypothesis method methods motivation overview problem question results setting
    significance study unlabelled
    """
)

# Forms of transitive verbs with which no title ends: an object follows.
GERUNDS = _words(
    """
    accelerating achieving adapting adding addressing advancing aligning analysing analyzing applying assessing avoiding balancing
    breaking bridging bringing building choosing combining comparing constructing creating defining deriving designing detecting
    determining developing discovering distilling employing enabling encouraging enhancing ensuring establishing estimating
    evaluating examining exploiting exploring extending extracting facilitating fitting generating getting giving identifying
    implementing improving incorporating increasing inducing integrating introducing investigating keeping leveraging maximizing
    measuring minimizing mitigating obtaining optimizing overcoming predicting preserving preventing producing promoting providing
    quantifying recognizing reducing removing replacing representing resolving rethinking revealing revisiting setting showing
    simplifying solving tackling taking turning uncovering unifying unlocking using utilizing
    """
)

# Verbs that have a subject before them, and those that are as often nouns or participles.
STRONG_FINITE = words_of("auxiliaries") | _words(
    """
    achieve allow allows appear appears applies apply argue argues arise arises ask asks become becomes began begins belong
    belongs bring brings capture captures cause come comes comprise comprises concern consist consists constitute constitutes
    contain contains continue continues contribute contributes create creates deals define defines demonstrate demonstrates
    depend depends describe describes develop develops differ differs discuss discusses enable enables encode encodes
    encompasses ensure ensures establish establishes examine examines excel excels exhibit exhibits exist exists explain explains
    explore explores extend extends fail fails find finds follow follows give gives goes governs grow grows identifies
    identify implies imply improve improves include includes increases indicate indicates induce induces introduce introduces
    investigate investigates involve involves knows lack lacks leads learn learns leverage leverages maintain maintains make
    makes mediate mediates occur occurs operate operates originate originates outlines outperform outperforms
    overlooks perform performs pose poses precedes predict predicts presents prevent prevents produces promote promotes propose
    proposes prove proves provide provides pursues raise raises reaches receive receives reduce reduces refer refers reflect
    reflects regulate regulates relate relates relies rely remain remains represent represents require requires reveal reveals seek
    seem seems serve serves shows sought stem stems struggle struggles succeeds suffer suffers suggest suggests take
    takes tend tends tries undergo undergoes underlies underpins varies vary
    """
)
WEAK_FINITE = _words(
    """
    achieved adopted aim aims allowed analysed analyzed appeared applied assessed attracted became brought calls carried caused
    causes collected compared concerns conducted considered control controls costs cover covers deal demand demands demonstrated
    derived described determined developed discovered display displays emerged enabled established estimated evaluated evolved
    examined explored face faces failed focus focused focuses form forms found gain gained gains gave help helps hold holds
    identified improved increase increased indicated induced influence influences introduced investigated involved keeps lead led
    lie lies limits looks made mean means measured need needs observed obtained offer offers performed play played plays present
    presented produce produced propelled proposed proved provided range ranges reach received reduced report reported reports
    required result resulted results revealed reviews revolutionized seeks shares show showed signals stands studied studies
    suggested support supports surveys targets tested tests took transformed use used uses work works yield yielded yields
    """
)

# Endings of adjectives, with which titles seldom end, and of nouns, with which they often do.
ADJECTIVE = re.compile(
    r".{2,}(?:al|ive|ous|ary|able|ible|ful|less|ic|-based|-driven|-free|-aware|-specific|-level|-end|-scale|-shot|-wise|-supervised)$"
)
COMPOUND = re.compile(
    r".-(?:based|driven|free|aware|specific|level|end|scale|shot|wise|trained|supervised|resource|lingual|modal|domain|of|art|order|term|dimensional"
    r"|guided|induced|mediated|dependent|independent|related|associated|type|time|quality|efficient)$"
)
NOUN = re.compile(r".*(?:tion|sion|ment|ity|ness|ism|sis|ics|ance|ence|ure|logy|age|er|or|s)$")


# The beginning of a line that runs title and abstract together, taken apart into tokens and what is known of each.

TOKENS = 70  # that are looked at: the longest titles and a sentence after them
_REST = 2500  # characters within which words are looked for again
_TOKEN = re.compile(r"\S+")
_WORD = re.compile(r"[\w'’-]+")
_SMALL = re.compile(r"(?<![\w-])[a-z][\w-]*")
_TRIM = "\"'“”‘’()[]{}.,;:!?*`"
_SENTENCE_END = re.compile(r"""[.!?]["'”’)\]]*$""")
_ABBREVIATION = re.compile(r"(?:^|\W)(?:[A-Za-z]|al|etc|vs|cf|eg|ie|[Ff]ig|[Nn]o|[Ss]t|[Dd]r|spp?|var|approx|resp)\.$")
_ACRONYM = re.compile(r"[(\[](?=[A-Za-z][\w-]*[A-Z])([A-Za-z][\w-]*?)s?[)\],;:]")

# The probability of a capital by style and kind of word, estimated from titles and abstracts of several fields. A plain word is "common"
# where the text also writes it small; "tail" is the part of a word after a hyphen.
_CAPITAL = {
    "title": {"function": 0.06, "long function": 0.6, "plain": 0.96, "common": 0.95, "tail": 0.55},
    "sentence": {"function": 0.003, "long function": 0.01, "plain": 0.15, "common": 0.01, "tail": 0.03},
}


@dataclass(frozen=True, slots=True)
class Token:
    """One run of characters without white space; `core` is without its punctuation, `low` that in small letters."""

    start: int
    text: str
    core: str
    low: str
    stem: str
    kind: str  # "function", "plain", "common", or "other": acronyms and numbers, which look the same in any style
    capital: bool
    ends: bool  # a sentence ends here

    @property
    def functional(self) -> bool:
        """True for articles, prepositions and their like."""
        return self.kind.endswith("function")

    @property
    def wordlike(self) -> bool:
        """True for a word whose case says something about the style."""
        return self.kind in ("plain", "common")


def stem(word: str) -> str:
    """A word in small letters without the ending of its plural."""
    word = word.lower()
    if word.endswith("ies") and len(word) > 5:
        return word[:-3] + "y"
    if word.endswith("es") and len(word) > 4:
        return word[:-2]
    return word[:-1] if word.endswith("s") and len(word) > 3 else word


class Line:
    """Tokens, casing, definitions and words that return; lists have one entry a token, sums one more."""

    def __init__(self, body: str) -> None:
        rest = body[:_REST]
        self.small = set(_SMALL.findall(rest))
        self.tokens = [self._token(found) for _, found in zip(range(TOKENS), _TOKEN.finditer(rest), strict=False)]
        stems = [stem(word) for word in _WORD.findall(rest)]
        self.counts = Counter(stems)
        self.pairs = Counter(pairwise(stems))
        self.definitions = self._definitions()
        self.title_style = self._casing("title")
        self.sentence_style = self._casing("sentence")

    def _token(self, found: re.Match[str]) -> Token:
        text = found.group()
        core = text.strip(_TRIM)
        low = core.lower()
        first = core.split("-", 1)[0]
        if low in FUNCTION:
            kind = "function" if len(low) < 5 else "long function"
        elif len(core) < 2 or not core[0].isalpha() or not (first[1:].islower() or len(first) < 2 or "'" in first or "’" in first):
            kind = "other"
        else:
            kind = "common" if low in self.small else "plain"
        ends = _SENTENCE_END.search(text) is not None and not _ABBREVIATION.search(text)
        return Token(found.start(), text, core, low, stem(core), kind, core[:1].isupper(), ends)

    def _definitions(self) -> list[tuple[int, int]]:
        """First and last token of each "Large Language Models (LLMs)", found by initials from the bracket backwards."""
        found = []
        for last, token in enumerate(self.tokens):
            bracket = _ACRONYM.match(token.text)
            letters = [letter for letter in bracket[1] if letter.isupper()] if bracket else []
            first = last
            while letters and first > 0:
                first -= 1
                if not _spell(letters, self.tokens[first]) and not self.tokens[first].functional:
                    break
            if bracket and not letters:
                found.append((first, last))
        return found

    def _casing(self, style: str) -> list[float]:
        """Sums of log probabilities of the case of the first n words, were they written in a style."""
        chances = _CAPITAL[style]
        defined = {i for first, last in self.definitions for i in range(first, last + 1)}
        sums, opens = [0.0], True
        for i, token in enumerate(self.tokens):
            value = 0.0
            if token.kind in chances and not opens and i not in defined:
                value = math.log(chances[token.kind] if token.capital else 1 - chances[token.kind])
            for tail in token.core.split("-")[1:]:
                if len(tail) > 2 and tail.isalpha() and (tail.islower() or tail[1:].islower()) and tail.lower() not in FUNCTION:
                    value += math.log(chances["tail"] if tail[0].isupper() else 1 - chances["tail"])
            sums.append(sums[-1] + value)
            opens = token.ends or token.text[-1] in ":?!–—-"
        return sums


def _spell(letters: list[str], token: Token) -> bool:
    """Take from the end of `letters` those that a token gives to an acronym: its parts' initials, perhaps with letters inside."""
    before = len(letters)
    for part in reversed(token.core.upper().split("-")):
        for size in (3, 2, 1):
            taken = letters[-size:]
            inside = iter(part)
            if len(taken) == size and part[:1] == taken[0] and all(letter in inside for letter in taken):
                del letters[-size:]
                break
    return len(letters) < before
