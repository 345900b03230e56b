"""Characters that steer a terminal, turn the text around them or hide: in what a corpus says, and in nothing that is printed or written."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from rag.export import FORMATS
from rag.index import Catalogue, Layout, bring_up_to_date, open_index, problems
from rag.model import Settings
from rag.model.display import display_text, limit_marks, spell_controls, strip_controls
from tests.cost import at_most
from tests.processes import RAG, finished

HOSTILE = "\x1b[31m\x07\x9b2J\u202e\u2066\u200f\u061c\ufeff" + "".join(chr(0xE0000 + ord(letter)) for letter in "obey")
# Nothing that is shown or written has one of these; a line break and a tab are no harm.
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
ROW = {
    "id": f"doi:10.1/x{HOSTILE}",
    "title": f"Bees{HOSTILE} dance in the dark",
    "abstract": f"Bees{HOSTILE} dance for their sisters. They tell the way{HOSTILE} to flowers in twelve hives.",
    "authors": [f"Ann{HOSTILE} Bee", "Carl Dee"],
    "venue": f"Hives{HOSTILE}",
    "doi": f"10.1/y{HOSTILE}",
    "url": f"http://127.0.0.1/{HOSTILE}",
    "year": f"no{HOSTILE} year",
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "corpus").mkdir()
    rows = json.dumps(ROW, ensure_ascii=False) + "\n" + "{" + HOSTILE + "\n" + json.dumps({HOSTILE: "x"}) + "\n"
    (folder / "corpus" / f"a{HOSTILE.replace('/', '')}.jsonl").write_text(rows, encoding="utf-8")
    found = Settings(index_dir=folder / "index", corpus=folder / "corpus", embedding="wordllama", mode="extract")
    bring_up_to_date(found)
    return found


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_no_export_passes_on_what_a_terminal_obeys(settings: Settings, form: str) -> None:
    with open_index(settings) as index, index.reading() as generation:
        written = FORMATS[form](generation.listing())
    assert "Bees" in written
    assert OBEYED.findall(written) == []


def test_json_spells_what_others_leave_out(settings: Settings) -> None:
    with open_index(settings) as index, index.reading() as generation:
        (abstract,) = generation.listing()
        written = FORMATS["json"]([abstract])
    assert json.loads(written)["text"] == abstract.text == ROW["abstract"]
    assert json.loads(spell_controls(json.dumps(ROW, ensure_ascii=False))) == ROW


@pytest.mark.parametrize(
    "arguments",
    [
        ("papers",),
        ("papers", "--problems"),
        ("papers", "--json"),
        ("papers", "bees", "dancing"),
        ("status",),
        ("ask", "How many hives do bees tell the way to?"),
        ("ask", "--json", "Who wrote about bees?"),
        ("export", "papers", "-f", "csv"),
        ("export", "papers", "-f", "bib"),
        ("export", "papers", "-f", "csl"),
    ],
)
def test_no_command_prints_what_a_terminal_obeys(settings: Settings, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"INDEX_DIR": settings.index_dir, "CORPUS": settings.corpus, "EMBEDDING": "wordllama", "MODE": "extract"}.items():
        monkeypatch.setenv(f"RAG_{name}", str(value))
    done = finished([*RAG, *arguments], check=False)
    assert done.returncode == 0, done.stderr
    assert OBEYED.findall(done.stdout + done.stderr) == []
    for follow in (("show", "1"), ("export", "answer")) if arguments[0] == "ask" and "--json" not in arguments else ():
        done = finished([*RAG, *follow], check=False)
        assert "ees" in done.stdout, done.stderr
        assert OBEYED.findall(done.stdout + done.stderr) == []


def test_problems_keep_no_half_characters(settings: Settings) -> None:
    with Catalogue(Layout(settings.index_dir).catalogue).reading() as connection:
        assert [one.line for one in problems(connection)] == [1, 2, 3]


def test_piled_accents_are_limited_one_for_one() -> None:
    pile = "a" + "\u0301\u0327" * 90_000 + " b"
    assert limit_marks("Zoë, e\u0301, 音声認識, नमस्ते, 😀") == "Zoë, e\u0301, 音声認識, नमस्ते, 😀"
    with at_most(2):
        limited = limit_marks(pile)
        display_text("<b>".join(["\u0301\u0327" * 15] * 6000))
    assert (len(limited), limited[:31], limited[31:33]) == (len(pile), pile[:31], "\ufffd\ufffd")
    assert strip_controls(HOSTILE) == "[31m2J"


def test_a_file_name_is_only_text(settings: Settings, tmp_path: Path) -> None:
    with open_index(settings) as index, index.reading() as generation:
        assert list(generation.sources()) == [f"a{HOSTILE}.jsonl"]
