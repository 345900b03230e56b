"""What is no question to the corpus: greetings, thanks, and questions about the assistant or about the corpus itself."""

from __future__ import annotations

import re
from typing import Literal

from rag.lexicon import DO, any_of

Courtesy = Literal["greeting", "thanks", "farewell", "abilities", "overview"]

_SOFT = r"(?:(?:and|so|ok(?:ay)?|well|oh|um|please|hi|hello|hey),? )*"
_TOOL = (
    r"(?:you|this (?:tool|assistant|program|app|thing|system|chatbot|bot|site|page)|the (?:tool|assistant|program|app|bot|chatbot)"
    r"|abstract-?rag|rag)"
)
_CORPUS = (
    r"(?:(?:this|the|your|our) (?:\w+ )?(?:corpus|collection|library|index|database|listing|data ?set|catalogue)|(?:the|these|those"
    r"|your|all) (?:listed |stored )?(?:papers|abstracts|documents)|here)"
)
_PATTERNS: tuple[tuple[Courtesy, str], ...] = (
    (
        "greeting",
        r"(?:hi|hello|hey|hiya|howdy|greetings|good (?:morning|afternoon|evening|day)|hallo|moin|salut|bonjour|hola)(?:,? (?:there"
        r"|all|everyone|again|you|assistant|bot|librarian))?",
    ),
    (
        "greeting",
        r"(?:(?:hi|hello|hey)[,!.]? )?(?:how are you(?: doing)?(?: today)?|how is it going|how's it going|what's up|nice to meet you)",
    ),
    (
        "thanks",
        r"(?:(?:many )?thanks(?: a lot| so much| very much)?|thank you(?: so much| very much| kindly)?|thx|cheers|great|perfect"
        r"|nice|cool|ok(?:ay)?|good|got it|understood|wonderful|well done|very helpful|that helps|that was helpful)"
        r"(?:[,!.]? (?:thanks|thank you|great|perfect|that helps|for (?:your|the) (?:help|answer)|that was helpful|very helpful))*",
    ),
    ("farewell", r"(?:bye(?:[- ]bye)?|goodbye|good ?night|see you(?: later| soon)?|that's all|that is all|farewell|exit|quit)"),
    ("abilities", rf"(?:who|what) (?:are|is) {_TOOL}"),
    ("abilities", rf"what {any_of('auxiliaries.do', 'auxiliaries.modal')} {_TOOL} (?:do|know|offer|answer|help (?:me )?with)(?: for me)?"),
    (
        "abilities",
        rf"(?:how|in what way) (?:do|does|can|should) (?:{_TOOL}|this|it|all this) (?:work|help(?: me)?|answer(?: questions)?|be used)",
    ),
    (
        "abilities",
        rf"(?:how (?:do|can|should) i (?:use|ask|work with)(?: {_TOOL.replace('you|', '')}| (?:you|it|this))?|help(?: me)?|(?:what"
        rf"|which) (?:kinds? of )?questions (?:can|may|should|could) i ask(?: (?:you|here))?|what can i (?:ask|do)(?: (?:you|here"
        rf"|with you|with this))?)",
    ),
    (
        "abilities",
        r"(?:tell me about yourself|introduce yourself|are you (?:a|an) (?:bot|robot|human|ai|person|language model|llm|machine)"
        r"|what languages? do you (?:speak|understand)|can you help(?: me)?)",
    ),
    (
        "overview",
        rf"what(?:'s| is| do you have| have you got| can i find)(?: there)? ?(?:in|inside)? {_CORPUS}(?: (?:about|on|all about))?",
    ),
    (
        "overview",
        rf"(?:what|which) (?:topics?|themes?|subjects?|areas?|fields?|kinds? of (?:papers|research|topics|work)|sorts? of (?:papers"
        rf"|topics|research)|papers)(?: (?:are|is|{DO}|can))?(?: (?:there|you|i|{_CORPUS}))?(?: (?:cover|covered|have|find"
        rf"|deal with|treated?|contain|in|about|on|there|known|know))*(?: (?:in|by|about)? ?{_CORPUS})?",
    ),
    ("overview", rf"what (?:is|are) {_CORPUS} (?:about|on|made of|made up of)(?: in general| overall| mainly)?"),
    (
        "overview",
        rf"(?:give|show|write)(?: me)? (?:an? |the )?(?:short |brief |quick |general )?(?:overview|summary|outline|description"
        rf"|impression)(?: (?:of|over|about|for) {_CORPUS})?|(?:describe|summari[sz]e|outline|introduce) {_CORPUS}"
        rf"|(?:an? )?overview of {_CORPUS}|overview",
    ),
    (
        "overview",
        rf"what (?:do|does|did) {_CORPUS} (?:contain|cover|hold|have|include|deal with|treat|comprise)(?: in general| overall)?"
        rf"|what (?:do you know|do you know about|is known here|have you got|have you read|can you tell me about {_CORPUS})",
    ),
    ("overview", rf"how (?:big|large) is {_CORPUS}"),
)
_COMPILED = tuple((name, re.compile(rf"{_SOFT}(?:{pattern})[\s!.?:)]*", re.IGNORECASE)) for name, pattern in _PATTERNS)


def read_courtesy(text: str) -> Courtesy | None:
    """What kind of courtesy a whole text is; None for a question to the corpus."""
    said = " ".join(text.replace("\u2019", "'").split())
    return next((name for name, pattern in _COMPILED if pattern.fullmatch(said)), None)
