"""The forms in which models write a reply that was asked for as one JSON object: each makes such an object into a text.

`WRAPPED` are what models put around any object, `REFORMED` what they make of claims and their evidence.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.writing import Body, given

Reply = dict[str, Any]
Form = Callable[[Body, Reply], str]  # of a request and the object that it asks for

_THOUGHT = 'The abstracts say {"claims": [{"text": "nothing"}]}, I think. Wait.'


def _each(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Form:
    """The form in which every claim is changed so."""
    return lambda body, reply: json.dumps(reply | {"claims": [change(dict(one)) for one in reply["claims"]]})


def _each_pointer(change: Callable[[Body, dict[str, Any]], object]) -> Form:
    """The form in which every piece of evidence is changed so."""

    def form(body: Body, reply: Reply) -> str:
        claims = [{**one, "evidence": [change(body, dict(pointer)) for pointer in one["evidence"]]} for one in reply["claims"]]
        return json.dumps(reply | {"claims": claims})

    return form


def _place(body: Body, pointer: Mapping[str, Any]) -> int:
    """The place of the abstract among those given, from 1."""
    return list(given(body)).index(pointer["key"]) + 1


def _title(body: Body, pointer: Mapping[str, Any]) -> str:
    """The title of the abstract, as it was given."""
    lines = (line for line in body["messages"][1]["content"].split("\n") if line.startswith("{"))
    return next(str(row["paper"]) for row in map(json.loads, lines) if row.get("key") == pointer["key"])


def _marked(body: Body, reply: Reply) -> str:
    """Prose with a mark of each source."""
    return " ".join(f"{one['text'].rstrip('.')} [{_place(body, one['evidence'][0])}]." for one in reply["claims"])


def _listed(body: Body, reply: Reply) -> str:
    """Points with the key and the sentence of each source in brackets."""
    places = [", ".join(f"{at['key']}:{at['sentence']}" for at in one["evidence"]) for one in reply["claims"]]
    points = [f"- {one['text']} ({cited})" for one, cited in zip(reply["claims"], places, strict=True)]
    return "Here is what the abstracts say:\n\n" + "\n".join(points)


def _tagged(body: Body, reply: Reply) -> str:
    """XML in place of JSON."""
    claims = "".join(f"<claim><text>{one['text']}</text><key>{one['evidence'][0]['key']}</key></claim>" for one in reply["claims"])
    return f"<answer>{claims}</answer>"


def _commented(text: str) -> str:
    """JSON with comments."""
    return "{ // the answer\n" + text.removeprefix("{").replace('"claims":', '/* in order */ "claims":').replace(', "', ', // next\n"')


def _renamed(old: str, new: str) -> Form:
    """The form in which a field of every claim has another name."""
    return _each(lambda one: {new if name == old else name: value for name, value in one.items()})


def _curly(text: str) -> str:
    return text.replace("'", "\u2019").replace("-", "\u2011")


WRAPPED: dict[str, Form] = {
    "plain JSON": lambda _, reply: json.dumps(reply),
    "JSON over many lines": lambda _, reply: json.dumps(reply, indent=4),
    "a code fence": lambda _, reply: f"```json\n{json.dumps(reply, indent=2)}\n```",
    "a code fence without its end": lambda _, reply: f"```\n{json.dumps(reply)}",
    "thoughts in tags": lambda _, reply: f"<think>\n{_THOUGHT}\n</think>\n{json.dumps(reply)}",
    "thoughts whose tag was opened by the template": lambda _, reply: f"{_THOUGHT}\n</think>\n\n{json.dumps(reply)}",
    "thoughts in other tags": lambda _, reply: f"<thinking>Let me see.</thinking>{json.dumps(reply)}",
    "prose before and after": lambda _, reply: f"Sure! Here is the answer for {{you}}:\n\n{json.dumps(reply)}\n\nIs there more?",
    "a byte order mark": lambda _, reply: f"\ufeff{json.dumps(reply)}",
    "the object within a list": lambda _, reply: json.dumps([reply]),
    "the object within another": lambda _, reply: json.dumps({"response": reply}),
    "the object as a JSON string": lambda _, reply: json.dumps(json.dumps(reply)),
    "trailing commas": lambda _, reply: json.dumps(reply).replace("}]", "},]").replace('"]', '",]').replace("]}", "],}"),
    "a Python dict": lambda _, reply: repr(reply),
    "comments": lambda _, reply: _commented(json.dumps(reply)),
    "line breaks within strings": lambda _, reply: json.dumps(reply).replace(" of ", "\\n of ").replace("\\n", "\n"),
    "truncated at its last brace": lambda _, reply: json.dumps(reply)[:-1],
    "no braces closed": lambda _, reply: json.dumps(reply).rstrip("}] "),
    "the object twice": lambda _, reply: json.dumps(reply) + "\n" + json.dumps(reply),
    "tokens of a template at the end": lambda _, reply: f"{json.dumps(reply)}<|im_end|></s>",
    "a call of a tool in tags": lambda _, reply: f'<tool_call>{{"name": "reply", "arguments": {json.dumps(reply)}}}</tool_call>',
}

REFORMED: dict[str, Form] = {
    "a bare list of claims": lambda _, reply: json.dumps(reply["claims"]),
    "one claim alone": lambda _, reply: json.dumps(reply["claims"][0]),
    "a claim a line": lambda _, reply: "\n".join(map(json.dumps, reply["claims"])),
    "claims under \"answer\"": lambda _, reply: json.dumps({"answer": reply}),
    "a list named \"answer\"": lambda _, reply: json.dumps({"answerable": True, "answer": reply["claims"]}),
    "claims by their numbers": lambda _, reply: json.dumps(reply | {"claims": {str(n): one for n, one in enumerate(reply["claims"], 1)}}),
    "names in capitals": lambda _, reply: json.dumps({name.title(): value for name, value in reply.items()}),
    "\"claim\" for \"text\"": _renamed("text", "claim"),
    "\"sentence\" for \"text\"": _renamed("text", "sentence"),
    "\"citations\" for \"evidence\"": _renamed("evidence", "citations"),
    "no \"english\"": _each(lambda one: {name: value for name, value in one.items() if name != "english"}),
    "one piece of evidence, no list": _each(lambda one: one | {"evidence": one["evidence"][0]}),
    "evidence as key and number": _each_pointer(lambda _, at: f"{at['key']}:{at['sentence']}"),
    "evidence as a quote": _each_pointer(lambda _, at: at["quote"]),
    "evidence as a pair": _each_pointer(lambda _, at: [at["key"], at["sentence"]]),
    "evidence beside the text": _each(lambda one: one["evidence"][0] | {"text": one["text"]}),
    "keys as places": _each_pointer(lambda body, at: at | {"key": str(_place(body, at))}),
    "keys as places, as numbers": _each_pointer(lambda body, at: at | {"key": _place(body, at)}),
    "keys as titles": _each_pointer(lambda body, at: at | {"key": _title(body, at)}),
    "keys in capitals": _each_pointer(lambda _, at: at | {"key": at["key"].upper()}),
    "keys in brackets": _each_pointer(lambda _, at: at | {"key": f"[{at['key']}]"}),
    "no keys": _each_pointer(lambda _, at: {"sentence": at["sentence"], "quote": at["quote"]}),
    "numbers as strings": _each_pointer(lambda _, at: at | {"sentence": str(at["sentence"])}),
    "numbers in words": _each_pointer(lambda _, at: at | {"sentence": f"sentence {at['sentence']}"}),
    "numbers in lists": _each_pointer(lambda _, at: at | {"sentence": [at["sentence"]]}),
    "numbers from 0": _each_pointer(lambda _, at: at | {"sentence": at["sentence"] - 1}),
    "no numbers": _each_pointer(lambda _, at: {"key": at["key"], "quote": at["quote"]}),
    "no quotes": _each_pointer(lambda _, at: {"key": at["key"], "sentence": at["sentence"]}),
    "quotes with other marks": _each_pointer(lambda _, at: at | {"quote": f"\u201c{_curly(at['quote'])}\u2026\u201d"}),
    "quotes in capitals": _each_pointer(lambda _, at: at | {"quote": at["quote"].upper()}),
    "marks in the texts": _each(lambda one: one | {"text": f"**{one['text'].rstrip('.')}** [1]."}),
    "\"answerable\" as a string": lambda _, reply: json.dumps(reply | {"answerable": "true"}),
    "\"answerable\" as a number": lambda _, reply: json.dumps(reply | {"answerable": 1}),
    "\"answerable\" as null": lambda _, reply: json.dumps(reply | {"answerable": None}),
    "no \"answerable\"": lambda _, reply: json.dumps({name: value for name, value in reply.items() if name != "answerable"}),
    "\"answerable\" false, with claims": lambda _, reply: json.dumps(reply | {"answerable": False}),
    "\"missing\" as a string": lambda _, reply: json.dumps(reply | {"missing": "nothing"}),
    "prose with marks": _marked,
    "points with keys": _listed,
    "XML": _tagged,
}  # fmt: skip
