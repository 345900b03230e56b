"""What in a question refers to what was said before (pronouns, "the second one", "[2]"), and the dialogue state that it refers to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from rag.model import NO_FILTERS, Filters
from rag.support import proper_names
from rag.text import ORDINALS, STOP_WORDS, any_of, folded_words, idf, stem

# References to earlier turns: pronouns, ordinals ("the second one"), citation numbers ("[2]"), ellipsis. General rules of English, none of
# this corpus. A pronoun refers to an earlier turn unless the question itself has its antecedent before it.

_PAPER_NOUNS = any_of("papers", "works")
_SYSTEM_NOUNS = "systems?|models?|methods?|approach(?:es)?|frameworks?|techniques?|algorithms?|authors?|dataset|toolkit|survey"
_ORDINALS = {**ORDINALS, "former": 1, "latter": 2, "last": -1}
_ANTECEDENT_WORDS = 3  # content words before a pronoun from which one may be its antecedent
_SHORT_QUESTION = 5  # content words: a question with fewer may depend on the turns before
_MOST_REFERENCES = 24  # references that are looked at: for each, all text before it is read again
_RARE_IDF = 6.0  # inverse document frequency of a word that a question is about

_CITATION_NUMBER = re.compile(
    r"\[(\d{1,3})\]|\b(?:paper|source|number|no\.|reference|citation|abstract|result)\s?#?(\d{1,2})\b", re.IGNORECASE
)
_ORDINAL = re.compile(
    rf"\bthe ({'|'.join(_ORDINALS)})(?: (?:ones?|result|source|of (?:them|these|those)|{_PAPER_NOUNS}|(?:{_SYSTEM_NOUNS}))\b"
    r"|(?<=former)|(?<=latter)|(?=\s*(?:[?.!,;:]|$|and\b|or\b|with\b|than\b|to\b|but\b)))",
    re.IGNORECASE,
)
_THE_OTHER = re.compile(rf"\bthe other(?: (?:one|{_PAPER_NOUNS}|(?:{_SYSTEM_NOUNS}))\b|(?=\s*(?:[?.!,;:]|$)))", re.IGNORECASE)

_AUXILIARY = any_of("auxiliaries")
_EXPLETIVE = re.compile(
    r"\bit (?:\w+ )?(?:possible|necessary|known|true|common|useful|helpful|better|best|worth\w*|enough|hard|easy|feasible|important|"
    r"beneficial|sufficient|good|practical|help|helps|matter|matters|hurt|pay|take|cost)\b.{0,300}\b(?:to|that|if|when|whether)\b",
    re.IGNORECASE,
)
_CLAUSE_END = r"(?=\s*(?:[?.!,;:]|$))"
_COUNT_WORDS = any_of("numbers.several")
_PLURAL = re.compile(
    rf"\b(?:these|those)(?: (?:{_PAPER_NOUNS}|{_SYSTEM_NOUNS}|results|ones))?\b(?! (?:who|which|that|of|in|\w+ing)\b)"
    rf"|\b(?:all|each|both|any|none|some|which|most) of (?:them|the {_COUNT_WORDS})\b"
    rf"|\bboth\b(?:{_CLAUSE_END}| of\b| (?:{_PAPER_NOUNS}|{_SYSTEM_NOUNS})\b)"
    rf"|\bthe {_COUNT_WORDS}(?:{_CLAUSE_END}| (?:{_PAPER_NOUNS}|{_SYSTEM_NOUNS}|differ|compare)\b)"
    r"|\b(?:compare|contrast|between|rank|summari[sz]e) them\b",
    re.IGNORECASE,
)
_SINGULAR = re.compile(
    rf"\b(?:this|that|the|said|such an?|the same) (?:same )?(?:{_PAPER_NOUNS}|{_SYSTEM_NOUNS})\b"
    r"(?! (?:sizes?|of|on|about|for|that|which|who|whose)\b)(?:['’]s\b)?"
    r"|\b(?:this|that) one\b|\bits\b|\bit\b|\bthey\b|\bthem\b|\btheirs?\b|\b(?:he|she|his|her)\b",
    re.IGNORECASE,
)
# Demonstratives for the content of an answer: there is no name to replace them with.
_DEMONSTRATIVE = re.compile(
    rf"\b{_AUXILIARY} (?:this|that)\b|\b(?:this|that){_CLAUSE_END}|\b(?:than|like|after) that\b"
    r"|\bthis (?!corpus\b|collection\b|field\b|area\b|year\b|index\b|library\b)\w+\b"
    r"|\b(?:that|the same) (?:system|ratio|idea|result|claim|question|thing|for)\b"
    rf"|\bthe same{_CLAUSE_END}|\bin there\b|\b(?:else|again)\b|\bthe (?:former|latter|above|previous)\b|\bwhich ones?\b"
    rf"|\bthe (?:{any_of('ordinals.words')}|last|final|other|two|three) \w+\b",
    re.IGNORECASE,
)
_DEFINITE_COUNT = re.compile(r"the \w+ ", re.IGNORECASE)
_COMPARISON_BEFORE = re.compile(r"\b(?:compared? (?:to|with)|than) $", re.IGNORECASE)
_PRONOUN = re.compile(r"it|its|they|them|theirs?|he|she|his|her", re.IGNORECASE)
_COLLECTION = re.compile(r"\b(?:listings?|listed|corpus|collection|index|library|these papers|the papers)\b", re.IGNORECASE)
_TOPIC_OPENING = re.compile(
    r"^(?:what (?:is|are|does|do you know about)|who|tell me (?:something )?about|explain|describe|define|is there|are there|"
    rf"(?:which|what) (?:\w+ )?(?:{any_of('papers.many', 'works.many')}|work|research)|list|show|find"
    rf"|how many {any_of('papers.many', 'works.many')}|any)\b",
    re.IGNORECASE,
)
# Stems of what every paper has: a short question about these is about the paper mentioned last.
_GENERIC = frozenset(
    map(
        stem,
        """language languages dataset datasets data result results accuracy parameter parameters size metric metrics benchmark benchmarks
        baseline baselines limitation limitations code model models training train trained evaluation evaluate evaluated performance
        improvement improvements cost costs method methods loss losses score scores author authors year experiment experiments task tasks
        architecture domain domains budget speed hour hours test tested used use work works large big many much long good better best
        number details detail example examples example compare compared reason reasons paper papers say tell give explain main key idea
        wer cer bleu gpu gpus f1 auc mos flops llm llms asr tts nlp sota url link license contribution contributions finding findings
        setup step steps stage stages ratio pretraining pre-training summary summarize summarise short briefly simple terms""".split(),
    )
)


@dataclass(frozen=True, slots=True)
class Reference:
    """A part of a question, from `start` to `end`, that refers to an earlier turn.

    `kind` "number" is [n], `value` the n; "ordinal" is the n-th source cited, -1 the last; "other" is the source that is not in focus;
    "singular" is the source in focus; "plural" are all sources cited; "demonstrative" is what an answer said.
    """

    kind: Literal["number", "ordinal", "other", "singular", "plural", "demonstrative"]
    start: int
    end: int
    value: int = 0


def explicit_references(question: str) -> list[Reference]:
    """Citation numbers and ordinals, in their order; whether there is such a source is for the caller to see."""
    found = [Reference("number", *match.span(), int(match[1] or match[2])) for match in _CITATION_NUMBER.finditer(question)]
    found += [Reference("ordinal", *match.span(), _ORDINALS[match[1].lower()]) for match in _ORDINAL.finditer(question)]
    found += [Reference("other", *match.span()) for match in _THE_OTHER.finditer(question)]
    return sorted(found, key=lambda one: one.start)[:_MOST_REFERENCES]


def implicit_references(question: str) -> list[Reference]:
    """Pronouns and demonstratives without an antecedent in the question, in their order."""
    taken = [match.span() for match in _EXPLETIVE.finditer(question)]
    found: list[Reference] = []
    for one in islice(_anaphora(question), _MOST_REFERENCES):
        free = not any(start <= one.start < min(end, start + 3) for start, end in taken)
        if free and not _has_antecedent(question, one) and not any(one.start < other.end and other.start < one.end for other in found):
            found.append(one)
    return sorted(found, key=lambda one: one.start)


def is_elliptical(question: str) -> bool:
    """True for a short question that depends on earlier turns although it has no pronoun or other reference to them.

    What it asks about must be what every paper has, or definite ("the weights"); two rare words make a topic of their own.
    """
    content = [stem(word) for word in folded_words(question) if word not in STOP_WORDS]
    special = {one for one in content if one not in _GENERIC}
    if specific_names(question) or _COLLECTION.search(question) or sum(idf(one) >= _RARE_IDF for one in special) > 1:
        return False
    if not special:
        return True
    definite = re.search(r"\b(?:the|its)\b", question, re.IGNORECASE) is not None
    if len(content) >= _SHORT_QUESTION or (len(special) > 2 and not definite):
        return False
    return (definite and len(special) == 1) if opens_topic(question) else True


def is_generic(text: str) -> bool:
    """True where a text mentions nothing but what every paper has."""
    return all(word in _GENERIC for word in _content_words(text))


def opens_topic(question: str) -> bool:
    """True where a question begins like the first one about something: "What is ...", "Which papers ...", "Tell me about ..."."""
    return _TOPIC_OPENING.match(question) is not None


def specific_names(text: str) -> list[str]:
    """The names in a text, without the abbreviations that any paper uses ("WER", "GPUs")."""
    return [name for name in proper_names(text) if stem(name) not in _GENERIC]


def _anaphora(question: str) -> Iterator[Reference]:
    definite = [Reference("plural", *match.span()) for match in _PLURAL.finditer(question)]
    definite += [Reference("singular", *match.span()) for match in _SINGULAR.finditer(question)]
    said = [Reference("demonstrative", *match.span()) for match in _DEMONSTRATIVE.finditer(question)]
    for found in (definite, said):
        yield from sorted(found, key=lambda one: (one.start, -one.end))


def _has_antecedent(question: str, one: Reference) -> bool:
    """True where the question itself may have the antecedent of a reference: before it, or for "the two ..." anywhere."""
    before, word = question[: one.start], question[one.start : one.end]
    names_before = bool(specific_names(", " + before))
    if one.kind == "demonstrative" and _DEFINITE_COUNT.match(word):
        return bool(specific_names(", " + question))
    if _COMPARISON_BEFORE.search(before):
        return False
    if names_before:
        return True
    inverted = re.search(rf"^(.*?)\b{_AUXILIARY} $", before, re.IGNORECASE)
    if inverted:  # the subject of the sentence, which only a clause before it can explain
        return bool(re.search(r"[,.;:]", inverted[1])) and len(_content_words(inverted[1])) >= _ANTECEDENT_WORDS
    said = _content_words(before)
    return len(said if _PRONOUN.fullmatch(word) else [word for word in said if word not in _GENERIC]) >= _ANTECEDENT_WORDS


def _content_words(text: str) -> list[str]:
    return [stem(word) for word in folded_words(text) if word not in STOP_WORDS and word not in ("many", "much")]


# The state of a dialogue: the last standalone question, and what the last answer cited.

_LONGEST_NAME = 3


@dataclass(frozen=True, slots=True)
class CitedSource:
    """A citation of an earlier answer; `aside` for one listed beside a count, as a near match: only its number refers to it."""

    number: int
    abstract_id: str
    label: str
    aside: bool = False

    @classmethod
    def of(cls, citation: Mapping[str, Any]) -> CitedSource:
        """Read a citation of a message; raises KeyError, TypeError or ValueError where it is none."""
        return cls(int(citation["number"]), str(citation["abstract_id"]), str(citation["label"]), bool(citation.get("aside")))

    @property
    def name(self) -> str:
        """The system's name, "" where the label is a whole title or the abstract's first words."""
        head = self.label.partition(": ")[0]
        short = len(head.split()) <= _LONGEST_NAME and not head.startswith("“")
        return head if short and (head != self.label or len(head.split()) == 1 or specific_names(", " + head)) else ""


@dataclass(frozen=True, slots=True)
class DialogueState:
    """What a conversation is about.

    `text` is the last standalone question, `last_answer` the answer before this question, `sources` those of the last answer
    that had any, `last_question` the question that it answered.
    """

    text: str = ""
    last_answer: str = ""
    last_question: str = ""
    sources: tuple[CitedSource, ...] = ()
    filters: Filters = NO_FILTERS

    @property
    def distinct_sources(self) -> list[CitedSource]:
        """The sources, one for each abstract, without those aside."""
        return list({one.abstract_id: one for one in reversed(self.sources) if not one.aside}.values())[::-1]

    @property
    def focus(self) -> CitedSource | None:
        """The source in focus: the one that the last question named, else the first."""
        return next(iter(self.named or self.distinct_sources), None)

    @property
    def named(self) -> list[CitedSource]:
        """The sources that the last question named, in its order."""
        found = [(name_position(one.name, self.last_question), one) for one in self.distinct_sources]
        return [one for position, one in sorted(found, key=lambda pair: pair[0]) if position >= 0]


def name_position(name: str, text: str) -> int:
    """Where a text names something, -1 where it does not."""
    found = re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text, re.IGNORECASE) if name else None
    return found.start() if found else -1
