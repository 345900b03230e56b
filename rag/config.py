"""Settings: values read once, at the edge, from arguments, the environment and `.env`; the only reader of `os.environ`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from rag.errors import SettingsError


class _Values(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="RAG_", env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True)

    corpus: Annotated[tuple[Path, ...], NoDecode] = Field(
        default=(Path("data/corpus"),), description="files and folders to read, separated by the system's path separator"
    )
    index_dir: Path = Field(default=Path(".rag"), description="folder of the catalogue and the index")
    mode: Literal["auto", "extract", "generate"] = Field(
        default="auto", description="how answers are made; auto extracts unless a model is configured"
    )
    embedding: str = Field(default="wordllama", description="what embeds passages and questions")
    passage_tokens: int = Field(
        default=512, ge=32, le=8192, description="most tokens of a passage (whole sentences); 512 hold nearly every abstract"
    )
    top_k: int = Field(default=8, ge=1, le=100, description="abstracts that an answer may draw on")
    answer_words: int = Field(default=120, ge=20, le=2000, description="most words of an answer")
    more_words: int = Field(default=300, ge=20, le=4000, description="most words of an answer when asked for more")
    refusal: float = Field(default=0.29, ge=0.0, le=1.0, description="how well evidence must bear on a question to be given as its answer")
    auto_index_limit: int = Field(default=2000, ge=0, description="most abstracts that `rag ask` indexes by itself")
    lock_timeout: float = Field(default=60.0, ge=0.0, description="seconds to wait for another process that writes the index")

    @field_validator("corpus", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(Path(part) for part in value.split(os.pathsep) if part)
        if isinstance(value, Path):
            return (value,)
        return value


class Settings(_Values):
    """All settings. Arguments win over the environment (`RAG_INDEX_DIR`, ...), which wins over `.env`.

    Raises SettingsError, which names the setting and the value, where one cannot be used.
    """

    def __init__(self, **values: Any) -> None:
        unknown = sorted(set(values) - set(_Values.model_fields) - {"_env_file"})
        if unknown:
            known = ", ".join(_Values.model_fields)
            raise SettingsError(f"There is no setting {unknown[0]!r}. The settings are: {known}.")
        try:
            super().__init__(**values)
        except ValidationError as error:
            first = error.errors()[0]
            name = "RAG_" + str(first["loc"][0]).upper()
            raise SettingsError(f"{name} cannot be {first['input']!r}: {first['msg'].lower()}. See .env.example.") from error
