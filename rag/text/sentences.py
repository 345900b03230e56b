"""Cutting an abstract into sentences with exact offsets, and packing them into passages: rules of writing, no model, linear time."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.model import Passage, Sentence
from rag.text.lexicon import words_of

# Where a sentence may end: a run of stops with the brackets and quotation marks that close after it, a full-width
# stop, or an empty line. Runs are taken whole (possessively) and only from their first character, so that 200,000
# dots cost one look each. A stop with a letter right after it ("water.In") counts only before a capitalised word.
_STOP = re.compile(
    r"""[.!?…](?<![.!?…][.!?…])(?P<more>[.!?…]*+)(?P<close>[)\]}"'”’»$]*+)(?:[ ]?\[\d[\d,–\- ]{0,20}\])?"""
    r"""(?:(?<=[a-z]{3}\.)\d{1,3}+(?:[,–-]\d{1,3}+)*+(?=\s[A-Z])|\s["”](?=\s))?"""
    r"""(?=\s|\Z|["'“‘(]?[A-Z][a-z]{0,20}(?:[\s,:\-]|\Z))"""
    r"""|[。！？।][”’」』）]*+"""
    r"""|\n[^\S\n]*+\n"""
)
_NEXT = re.compile(
    r"""(?P<space>\s*+)(?:(?:[-–—•*·]|\#{1,6}+)\s++(?=\S))?(?P<open>["'“‘«(\[{`$\\~©\u200b-\u200f\ufeff]*+)(?P<word>\S{0,40})"""
)
_TOKEN = re.compile(r"""(?<![^\s"'“”‘’`(\[{~])[^\s"'“”‘’`(\[{~]*\Z""")
_LETTERS = re.compile(r"[^\W\d_]+")
_ENUMERATOR = re.compile(r"(?:[ivx]{1,4}|[a-h])\)")
_DOTTED = re.compile(r"(?:[^\W\d_]{1,2}\.-?)+[^\W\d_]{1,2}\Z")
_BRACKETS = re.compile(r"[()\[\]]")
_ADDRESS = re.compile(r"[/@\\_=]|www\.")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Abbreviations, without their last stop. A lower-case entry stands for every casing, a capitalised one for itself.
_NEVER_LAST = _words(
    """e.g eg i.e ie cf c.f vs viz a.k.a aka w.r.t s.t n.b nb fig figs eq eqs eqn eqns ref refs tab thm lem alg appx approx appr ca
    incl excl esp subsp ssp var cv suppl Sec Sect Ch Mr Mrs Ms Dr Drs Prof Rev Gen Col Capt Lt Sgt Gov Sen Hon Messrs"""
)
_BEFORE_NAMES = _words(
    """al resp v inc ltd co corp bros assn govt jr sr univ dept St Mt Ft Ave Blvd Inst Proc Conf Natl Acad Sci Assoc Soc Trans Int
    Am Biol Med Clin Chem Phys Rep"""
)
_BEFORE_CODES = _words("etc sp spp ph.d m.d")
_BEFORE_NUMBERS = _words("no nos vol vols ch p pp art para min max rel ver vers") | {one.title() for one in words_of("months.short")}
_ABBREVIATIONS = _NEVER_LAST | _BEFORE_NAMES | _BEFORE_CODES

# Words that open sentences and are no names: after "et al." or "U.S." they tell an end from a middle.
_OPENERS = words_of("ordinals.words", "numbers.single", "numbers.several", "auxiliaries.be", "auxiliaries.do") | _words(
    """the this these that those we our it its they their he she i a an in on at by for from to with without within as if when while
    where whereas although though despite because since after before during however moreover furthermore additionally also then
    thus therefore hence finally firstly secondly here there some many most several such each both all not
    what how why who which whether can could but and or yet so instead unlike
    like given using based through throughout recently recent existing previous previously prior current currently experiments
    experimental extensive results methods method conclusion conclusions background objective objectives purpose aim aims design
    setting findings discussion introduction importantly notably specifically surprisingly remarkably compared code data overall
    together among between under over across motivated inspired only other others another more much now today later next last
    still even nevertheless nonetheless consequently accordingly subsequently similarly likewise conversely interestingly
    unfortunately traditionally typically generally often usually upon until unless via per empirical empirically patients
    participants evidence taken further rather indeed meanwhile besides beyond every no none"""
)
_LOWER_OPENERS = _words("we our this these it they however the in to here moreover furthermore therefore finally for as")
_NAME_LEADS = words_of("auxiliaries.be") | _words("by and of from with for in to on as or et the against after see between than via")
_DOMAINS = _words("net com org io ai js py co")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Offsets (start, end) of the sentences of `text`, in characters, in order, without white space at their edges.

    Every character that is not white space lies in exactly one sentence; a text of white space has none.
    Headings of one word ("Methods.") and numbers of a list ("1.") stay with the sentence they open.
    """
    spans: list[tuple[int, int]] = []
    start = counted = len(text) - len(text.lstrip())
    depth = 0
    for stop in _STOP.finditer(text, start):
        end = stop.end()
        depth = _depth(text, counted, end, depth)
        counted = end
        if _ends(text, start, stop, depth):
            body = text[start:end].rstrip()
            if body:
                spans.append((start, start + len(body)))
            start = _NEXT.match(text, end).end("space")  # type: ignore[union-attr]
            depth, counted = 0, start
    if start < len(text):
        spans.append((start, len(text.rstrip())))
    return spans


def split_sentences(abstract_id: str, text: str) -> tuple[Sentence, ...]:
    """The sentences of an abstract's text, numbered from 0."""
    return tuple(Sentence(abstract_id, index, start, end) for index, (start, end) in enumerate(sentence_spans(text)))


def _depth(text: str, start: int, end: int, depth: int) -> int:
    """How many brackets are open at `end`; one too many that closes ("1)") opens no debt."""
    opened = text.count("(", start, end) + text.count("[", start, end)
    closed = text.count(")", start, end) + text.count("]", start, end)
    return max(0, depth + opened - closed)


def _ends(text: str, start: int, stop: re.Match[str], depth: int) -> bool:
    """Whether the sentence that began at `start` ends with this stop."""
    end = stop.end()
    follower = _NEXT.match(text, end)
    assert follower is not None  # every part of the pattern may be empty
    word = follower["word"]
    if stop["close"] is None or not (word or follower["open"]):
        return True  # a full-width stop, an empty line, the end
    if depth and _closes_soon(text, end, depth):
        return False
    if not follower["space"]:
        return _ends_glued(text, start, stop, word)
    kind = _kind(word, follower["open"])
    if not kind:
        return False
    token = _token(text, start, stop.start())
    mark = text[stop.start()]
    if stop["more"] or mark == "…":
        return kind == "upper"
    if mark == "?":
        return kind != "lower" or (word in _LOWER_OPENERS and not stop["close"])
    if mark == "!":
        return kind in ("upper", "digit") and _ends_at_exclamation(start, stop.start(), token, word)
    if stop.start() - len(token) <= start and not stop["close"]:
        return False  # a heading of one word, the number of a list
    return _ends_at_full_stop(text, start, stop, token, kind, word)


def _token(text: str, start: int, end: int) -> str:
    """The word right before `end`, no longer than 40 characters, without what opens it."""
    found = _TOKEN.search(text[max(start, end - 40) : end])
    return found[0] if found else ""


def _kind(word: str, opened: str) -> str:
    """What a sentence would open with: "upper", "digit", "name" (of a system, in lower case), "lower", or "" for nothing."""
    first = word[:1]
    if first.isupper() or any(sign in opened for sign in "$\\©"):
        return "upper"
    if first.isdigit():
        return "digit"
    if _ENUMERATOR.match(word):
        return "upper"
    if not first.isalpha() or "(" in opened or "[" in opened:
        return ""
    if not first.islower():
        return "upper"  # a script without casing
    return "name" if _names_system(word) else "lower"


def _names_system(word: str) -> bool:
    """Whether a lower-case word is written as a name: "wav2vec", "x-LLaMA", "dMel", "ptt5-v2", "p53"; Greek letters too."""
    return not word[0].isascii() or any(letter.isupper() or letter.isdigit() for letter in word)


def _ends_at_exclamation(start: int, end: int, token: str, word: str) -> bool:
    """Capitalised words before "!" are mostly names ("Yahoo! Answers", "Skill-it! A ..."), unless a sentence clearly opens."""
    if token[:1].isupper() and end - len(token) > start:
        return _opens(word) and len(word) > 2
    return True


def _ends_at_full_stop(text: str, start: int, stop: re.Match[str], token: str, kind: str, word: str) -> bool:
    """Whether a single "." ends a sentence, from the word before it and what follows."""
    lowered = token.lower()
    if lowered in _NEVER_LAST or token in _NEVER_LAST:
        return False
    if lowered in _ABBREVIATIONS or token in _ABBREVIATIONS or _DOTTED.match(token):
        if kind != "upper" or any(bracket in stop["close"] for bracket in ")]}"):
            return False
        free = lowered in _BEFORE_CODES or ("." in token and token.islower())
        return _opens(word) or (free and _is_plain(word))
    if kind == "lower":
        return not stop["close"] and (_wrote_word(token) or (word in _LOWER_OPENERS and _is_coded(token[1:])))
    if len(token) == 1 and token.islower():
        return kind != "digit" and not _has_digit(word)  # not "p. 12", "p. Lys27Met"
    if kind == "digit":
        return not (lowered in _BEFORE_NUMBERS or token in _BEFORE_NUMBERS or token == "0")
    if len(token) == 1 and token.isupper() and not stop["close"]:
        return _opens(word) or not _is_initial(text, start, stop.start(), word)
    if len(token) < 3 and token.isdigit():
        return text[max(start, stop.start() - 12) : stop.start()].rstrip("0123456789").rstrip()[-1:] not in (":", ";", ",")
    return True


def _is_initial(text: str, start: int, end: int, word: str) -> bool:
    """Whether the capital letter before `end` abbreviates a name ("by J. Smith", "S. Typhi"), and is none ("vitamin D", "1.5 T")."""
    pair = f"{text[end - 1]}. {word}"
    if text.count(pair, max(0, end - 1000), end + 1000) > 1:
        return True
    before = text[max(start, end - 40) : end - 1].split()
    if not before:
        return True
    last = before[-1]
    if last in ("and", "or") and len(before) > 1 and len(before[-2].rstrip(",")) == 1:
        return False  # "types A, B and C"
    if last in _NAME_LEADS:
        return True
    after_word = not last[0].isupper() and last[-3:].islower() and last[-1].isalpha()
    return not after_word and not (last[-1] in "0123456789°" and len(last) < 4)


def _opens(word: str) -> bool:
    """Whether a word, as it stands with its punctuation, is one that opens sentences; "A." is an initial."""
    letters = _LETTERS.match(word)
    return letters is not None and letters[0].lower() in _OPENERS and (len(letters[0]) > 1 or len(word) == 1)


def _is_plain(word: str) -> bool:
    """Whether a capitalised word is a word, not a code like "PCC", "LPS" or "Lys27Met"."""
    return word[1:2].islower() and not _has_digit(word)


def _has_digit(word: str) -> bool:
    return any(letter.isdigit() for letter in word)


def _is_coded(token: str) -> bool:
    """Whether a token has what abbreviations in small letters have not: capitals, digits, brackets, "%"."""
    return any(letter.isupper() or letter.isdigit() or letter in ")]%" for letter in token)


def _wrote_word(token: str) -> bool:
    """Whether a token ends in four or more small letters: such a word is hardly an abbreviation, whatever follows its stop."""
    tail = token[-4:]
    return len(tail) == 4 and tail.isalpha() and tail.islower()


def _closes_soon(text: str, end: int, depth: int) -> bool:
    """Whether the brackets open at `end` close within 300 characters: a stop inside brackets ends no sentence."""
    if text.find(")", end, end + 300) < 0 and text.find("]", end, end + 300) < 0:
        return False
    for bracket in _BRACKETS.finditer(text, end, end + 300):
        depth += 1 if bracket[0] in "([" else -1
        if not depth:
            return True
    return False


def _ends_glued(text: str, start: int, stop: re.Match[str], word: str) -> bool:
    """Whether a stop with no space after it ends a sentence: "water.In", "(SLMs).We", not "node.Js", "U.S.A", "e.g.We"."""
    pieces = text[max(start, stop.start() - 200) : stop.start()].rsplit(None, 1)
    token = _token(text, start, stop.start())
    letters = _LETTERS.match(word.lstrip("\"'“‘("))
    if letters is None or not pieces or _ADDRESS.search(pieces[-1]) or _DOTTED.match(token) or token.lower() in _NEVER_LAST:
        return False
    opener = letters[0].lower() in _OPENERS and len(letters[0]) > 1
    tail = token.rpartition("-")[2]
    if tail.isalpha() and tail.islower() and len(tail) > 2:
        return opener or (len(letters[0]) > 2 and letters[0].lower() not in _DOMAINS and token not in _ABBREVIATIONS)
    closed = token[-1:] in (")", "]", "%") and len(letters[0]) > 2
    return closed or (opener and (len(token) > 1 or token.isdigit() or bool(stop["close"])))


# Packing sentences into passages, the unit that is indexed.


def passages(abstract_id: str, sentences: Sequence[Sentence], token_counts: Sequence[int], budget: int) -> tuple[Passage, ...]:
    """Runs of whole sentences of at most `budget` tokens together, each beginning with the last sentence of the one before.

    `token_counts` has the tokens of each sentence. The overlap is left out where the next sentence would not fit beside
    it. A sentence over the budget is a passage alone. No sentences give no passages. Raises ValueError if the two
    sequences differ in length or the budget is below 1.
    """
    if len(sentences) != len(token_counts):
        raise ValueError(f"{len(sentences)} sentences but {len(token_counts)} token counts")
    if budget < 1:
        raise ValueError(f"A passage cannot have a budget of {budget} tokens.")
    found: list[Passage] = []
    first = 0
    while first < len(sentences):
        last = _last_that_fits(token_counts, first, budget)
        found.append(Passage(abstract_id, sentences[first].start, sentences[last].end, first, last))
        following = last + 1
        overlaps = last > first and following < len(sentences) and token_counts[last] + token_counts[following] <= budget
        first = last if overlaps else following
    return tuple(found)


def _last_that_fits(token_counts: Sequence[int], first: int, budget: int) -> int:
    """The last sentence of a passage that begins with `first`."""
    total, last = token_counts[first], first
    while last + 1 < len(token_counts) and total + token_counts[last + 1] <= budget:
        last += 1
        total += token_counts[last]
    return last
