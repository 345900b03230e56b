"""True sentences of abstracts made false by rule, in the six ways that people and models get sources wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from random import Random

from rag.text.names import proper_names
from rag.text.words import squeeze_name

Damage = tuple[str, str]  # how, the damaged sentence

_FIGURE = re.compile(r"(?<![\w.,-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w.,]*\d|[-\w])")
_LANGUAGES = (
    "English Chinese French German Spanish Japanese Korean Arabic Portuguese Italian Russian Hindi Vietnamese Swedish Dutch Polish".split()
)
_COMPARES = re.compile(
    r"^(?P<lead>(?:.*?\b(?:that|show|shows|find|demonstrate)\b )?)(?P<a>[^,;:]{3,80}?) (?P<verb>(?:\w+ly )?"
    r"(?:outperforms?|surpass(?:es)?|exceeds?|beats?|is superior to|are superior to|is better than|performs better than)) "
    r"(?P<b>[^,;:.]{3,70}?)(?P<rest>(?: (?:on|in|by|with|across|while|at) .*|[,;:.].*))$"
)
_VERBS = (
    "improves outperforms achieves reduces shows demonstrates requires yields enables leads provides supports helps uses benefits allows "
    "produces generalizes performs mitigates captures maintains increases preserves contains includes surpasses exceeds"
).split()
_ANTONYMS = [
    ("improves", "worsens"),
    ("improve", "worsen"),
    ("increases", "decreases"),
    ("increase", "decrease"),
    ("reduces", "raises"),
    ("reduce", "raise"),
    ("higher", "lower"),
    ("better", "worse"),
    ("effective", "ineffective"),
    ("efficient", "inefficient"),
    ("successfully", "unsuccessfully"),
    ("outperforms", "underperforms"),
    ("outperform", "fall behind"),
    ("possible", "impossible"),
    ("superior", "inferior"),
    ("sufficient", "insufficient"),
    ("strong", "weak"),
    ("large", "small"),
    ("positive", "negative"),
    ("consistent", "inconsistent"),
    ("available", "unavailable"),
    ("fewer", "more"),
    ("similar", "different"),
    ("stable", "unstable"),
]
_DROPPED = [
    (r"\b(is|are|was|were|do|does|did|can|could|has|have|will|may) not ", r"\1 "),
    (r"\bcannot\b", "can"),
    (r"\bwithout\b", "with"),
    (r"\bfails? to\b", "manages to"),
    (r"\b[Nn]o\b(?= \w+ \w)", "a"),
    (r"\bunable to\b", "able to"),
    (r"\black(?:s|ing)?\b", "having"),
    (r"\bnever\b", "already"),
]
_OVER = [
    ("all for some", r"\b(?:some|several|most|many|various|multiple|diverse|a (?:range|variety|number) of)\b(?= [a-z])", "all"),
    ("always for can", r"\b(?:may|might|can|could)\b(?! not\b|not\b)", "always"),
    ("at least for up to", r"\bup to\b", "at least"),
    ("proves for suggests", r"\b(?:suggests?|indicates?)\b", "proves beyond doubt"),
    ("proves for shows", r"\b(?:shows?|demonstrates?) that\b", "prove for every case that"),
    ("better for comparable", r"\b(?:comparable (?:to|with)|competitive (?:with|to)|on par with|close to)\b", "far better than"),
    ("always for often", r"\b(?:often|typically|usually|generally|commonly|frequently)\b", "always"),
    ("completely for partly", r"\b(?:partially|largely|mostly|mainly|nearly|almost)\b", "completely"),
    (
        "far more",
        r"\b(?:slight(?:ly)?|modest(?:ly)?|small|minor)\b(?= \w*(?:improv|gain|drop|better|increase|loss|amount|decrease|reduc))",
        "dramatic",
    ),
    ("eliminates for reduces", r"\b(?:reduces|mitigates|alleviates|decreases)\b", "completely eliminates"),
    ("eliminates for reduces", r"\b(?:reduce|mitigate|alleviate|decrease)\b", "completely eliminate"),
]
_RESULT = re.compile(r"\b(outperforms?|improves?|achieves?|surpass(?:es)?|performs?)\b")
INVENTED = """{S} was trained on eight A100 GPUs for three days.
The learning rate of {S} was set to 3e-4 with a cosine schedule.
Five annotators labelled the {T} data and were paid by the hour.
The code of {S} is released under the Apache licence.
A user study with forty students preferred {S}.
{S} was deployed in a commercial product.
The authors tune the dropout rate of {S} on a held-out portion.
An ablation shows that removing layer normalization hurts {T} the most.
The {T} data were collected from YouTube and filtered by hand.
Native speakers rated the outputs of {S} for fluency.
{S} uses a vocabulary of 32,000 byte-pair units.
Training {S} emitted less carbon than comparable runs.
{S} runs in real time on a mobile phone.
The authors warn that {T} can be misused by advertisers.
Inter-annotator agreement on {T} was measured with Cohen's kappa.
The experiments on {T} were repeated with five random seeds.
{S} is optimized with AdamW and gradient clipping.
Hospitals took part in the evaluation of {S}.
A larger batch size made {S} converge sooner.
The authors thank volunteers who recorded {T} at home.
{S} was distilled into a student with half as many layers.
The gains in {T} vanish when the prompt is translated.
The work on {T} was funded by a national science foundation.
A web demo lets visitors upload their own {T} recordings.
The paper interviews developers about how they use {T}.
Early stopping was decided on the validation perplexity of {T}.""".splitlines()


def wrong_number(sentence: str, text: str, random: Random) -> Iterator[Damage]:
    """Another figure in the place of one: a plausible one, and one that the same abstract gives for something else."""
    own = [match for match in _FIGURE.finditer(sentence) if not re.fullmatch(r"(?:19|20)\d\d|[01]", match.group())]
    if not own:
        return
    at = random.choice(own)
    others = sorted({match.group() for match in _FIGURE.finditer(text)} - {match.group() for match in own} - {"0", "1"})
    yield "another figure", sentence[: at.start()] + _other(at.group(), text, random) + sentence[at.end() :]
    if others:
        yield "a figure of the abstract", sentence[: at.start()] + random.choice(others) + sentence[at.end() :]
    if len(own) > 1 and own[0].group() != own[1].group():
        one, two = own[:2]
        yield (
            "two figures exchanged",
            sentence[: one.start()] + two.group() + sentence[one.end() : two.start()] + one.group() + sentence[two.end() :],
        )


def _other(figure: str, text: str, random: Random) -> str:
    whole, _, decimals = figure.replace(",", "").partition(".")
    while True:
        new = str(max(2, int(int(whole) * random.choice((0.5, 0.7, 1.3, 1.5, 2, 3, 10)) + random.randint(0, 3))))
        said = new + (f".{random.randint(1, 9)}" if decimals else "")
        if said not in text:
            return said


def swapped_name(sentence: str, text: str, others: Sequence[str], random: Random) -> Iterator[Damage]:
    """A name of another abstract, another language, or the two sides of a comparison exchanged."""
    have = squeeze_name(text)
    own = [name for name in proper_names(sentence) if any(c.isupper() or c.isdigit() for c in name[1:]) and f"{name}-" not in sentence]
    foreign = [name for name in others if squeeze_name(name) not in have]
    if own and foreign:
        yield "a name of another abstract", sentence.replace(random.choice(own), random.choice(foreign))
    languages = [name for name in _LANGUAGES if re.search(rf"\b{name}\b", sentence)]
    if languages:
        yield "another language", sentence.replace(random.choice(languages), random.choice([one for one in _LANGUAGES if one not in text]))
    match = _COMPARES.match(sentence)
    if match:
        yield "sides exchanged", f"{match['lead']}{match['b']} {match['verb']} {match['a']}{match['rest']}"


def negated(sentence: str, random: Random) -> Iterator[Damage]:
    """A denial added, an opposite word, or a denial of the source left out."""
    found = []
    if match := re.search(r"\b(is|are|was|were|can|could|will|has been|have been)\b(?! not| no )", sentence):
        found.append(("not", f"{sentence[: match.end()]} not{sentence[match.end() :]}"))
    if match := re.search(rf"\b({'|'.join(_VERBS)})\b", sentence):
        verb = _base(match.group())
        said = random.choice((f"does not {verb}", f"fails to {verb}", f"doesn't {verb}", f"is unable to {verb}"))
        found.append(("fails to", sentence[: match.start()] + said + sentence[match.end() :]))
    if match := re.search(r"\bwith\b", sentence):
        found.append(("without", f"{sentence[: match.start()]}without{sentence[match.end() :]}"))
    for word, opposite in _ANTONYMS:
        if match := re.search(rf"\b{word}\b", sentence):
            found.append(("opposite word", sentence[: match.start()] + opposite + sentence[match.end() :]))
            break
    random.shuffle(found)
    yield from found[:2]
    if not re.search(r"\bnot (?:only|just)\b", sentence):
        for pattern, other in _DROPPED:
            if re.search(pattern, sentence):
                yield "denial left out", re.sub(pattern, other, sentence)
                break


def _base(verb: str) -> str:
    return verb[:-2] if verb.endswith(("sses", "ches")) else verb[:-1]


def over_claimed(sentence: str, random: Random) -> Iterator[Damage]:
    """A limit of the source lifted, or more said than it says."""
    found = [(how, re.sub(pattern, other, sentence, count=1)) for how, pattern, other in _OVER if re.search(pattern, sentence)]
    if match := _RESULT.search(sentence):
        found.append(("always", f"{sentence[: match.start()]}always {sentence[match.start() :]}"))
        if not re.search(r"state[- ]of[- ]the[- ]art|SOTA|all ", sentence):
            found.append(("state of the art", f"{sentence.rstrip('.')}, setting a new state of the art."))
            found.append(("on all benchmarks", f"{sentence.rstrip('.')} on all benchmarks."))
    random.shuffle(found)
    yield from found[:2]


def invented(system: str, topic: str, text: str, random: Random) -> Iterator[Damage]:
    """Things that papers report and this abstract does not."""
    have = text.casefold()
    for template in random.sample(INVENTED, 3):
        rare = [word for word in re.findall(r"[a-z]{6,}", template.casefold()) if word not in have]
        if len(rare) > 1:
            yield "a detail", template.format(S=system, T=topic)
