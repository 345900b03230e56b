"""Closed lists of English words that tell a title from a sentence. Written for scholarly English of any field."""

from __future__ import annotations

import re

from rag.lexicon import words_of


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
