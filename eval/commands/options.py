"""What several commands take."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from eval.judges import Judge, LocalJudge
from rag.model import Settings, SettingsError, environment_variable

CACHE = Path("runs/.judged")  # what a model judged, so that no claim is paid for twice
SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting for this run, such as RAG_TOP_K=8; may be repeated.")
]
JudgeOption = Annotated[str, typer.Option("--judge", help='Who judges: "local" (no key), or "llm" (OPENAI_API_KEY or OPENAI_BASE_URL).')]


JudgeModelOption = Annotated[
    str, typer.Option("--judge-model", help="The model that judges; by default RAG_EVAL_MODEL, else the one that the settings name.")
]


def settings_with(given: Sequence[str]) -> Settings:
    """The settings of the surroundings with those given; answers are extracted unless RAG_MODE is given."""
    known = {environment_variable(name): name for name in Settings.model_fields}
    values: dict[str, Any] = {"mode": "extract"}
    for one in given:
        name, sign, value = one.partition("=")
        if not sign or name.upper() not in known:
            raise SettingsError(f"--set takes NAME=VALUE, not {one!r}. The names are: {', '.join(known)}.")
        values[known[name.upper()]] = value
    return Settings(**values)


def judge_named(name: str, settings: Settings, repeats: int = 1, model: str = "") -> Judge:
    """The judge of this name; raises SettingsError for another one, or for "llm" without a model service.

    `model` judges in the place of RAG_EVAL_MODEL, that in the place of the model that the settings name.
    """
    if name == "local":
        return LocalJudge()
    if name == "llm":
        from eval.judges import LlmJudge

        chosen = model or settings.eval_model
        named = settings.model_copy(update={"model": chosen}) if chosen else settings
        return LlmJudge.open(named, cache=CACHE, repeats=repeats)
    raise SettingsError(f"--judge cannot be {name!r}. It is local or llm.")


def pairs(given: Sequence[str], option: str) -> dict[str, float]:
    """ "faithfulness=0.95" as a name and a number; raises SettingsError for what is none."""
    found = {}
    for one in given:
        name, sign, value = one.partition("=")
        try:
            found[name] = float(value)
        except ValueError:
            sign = ""
        if not sign:
            raise SettingsError(f"{option} takes NAME=NUMBER, such as faithfulness=0.95, not {one!r}.")
    return found
