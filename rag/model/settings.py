"""Settings: values read once, at the edge, from arguments, the environment and `.env`."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from rag.model.errors import SettingsError

CORPUS = Path("data/corpus")
NO_PAPERS = f"There are no papers yet: RAG_CORPUS is not set, and there is no {CORPUS.as_posix()} here. Type: rag index FILE_OR_FOLDER"
_HERE = Path(".rag")
_HOST = re.compile(r"\*|(?:\*\.)?[\w.-]+(?::\d+)?|\[?[0-9A-Fa-f:.]+\]?(?::\d+)?")
_SECRETS = {"OPENAI_API_KEY", "OPENAI_BASE_URL", "RAG_CHROMA_URL", "RAG_DATABASE_URL", "RAG_UI_TOKEN"}
# A password with a sign of addresses in it would be read as a host or a port, and shown in an error.
_DATABASE = re.compile(r"postgres(?:ql)?://(?:[^@/?#]*@)?[\w.,:%\[\]-]*(?:/[^@?#]*)?(?:\?[^@#]*)?")
_NAME = 40  # most letters of a corpus' name in the name of its index


class _Values(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="RAG_", env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True, populate_by_name=True
    )

    corpus: Annotated[tuple[Path, ...], NoDecode] = Field(
        default=(CORPUS,), description="files and folders to read, separated by the system's path separator"
    )
    index_dir: Path = Field(
        default_factory=lambda known: usual_place(known["corpus"])[0],
        description="folder of the catalogue and the index; not set: .rag where there is one or in a checkout, else one below your data",
    )
    database_url: SecretStr | None = Field(
        default=None,
        repr=False,  # it may hold a password
        description="PostgreSQL database of the catalogue and the conversations, for several machines; not set: files in RAG_INDEX_DIR",
    )
    database_schema: str = Field(
        default="abstract_rag",
        pattern=r"^[a-z_][a-z0-9_]{0,39}$",
        description="schema of the catalogue in that database; conversations have one beside it, with _history",
    )
    mode: Literal["auto", "extract", "generate"] = Field(
        default="auto", description="how answers are made; auto extracts unless a model is configured"
    )
    embedding: str = Field(default="auto", description="what embeds passages and questions; auto is minilm up to a size, then wordllama")
    encoder_limit: int = Field(
        default=3000, ge=0, description="abstracts up to which auto takes minilm, whose index takes about two minutes then"
    )
    chroma_limit: int = Field(
        default=1000,
        ge=0,
        description="abstracts up to which vectors are in Chroma; larger corpora have FAISS segments, where the extra faiss is installed",
    )
    chroma_url: str | None = Field(
        default=None,
        repr=False,  # it may hold a password
        description="address of a Chroma server that keeps the vectors of any number of abstracts, such as http://127.0.0.1:8000",
    )
    passage_tokens: int = Field(
        default=512, ge=32, le=8192, description="most tokens of a passage (whole sentences); 512 hold nearly every abstract"
    )
    top_k: int = Field(default=8, ge=1, le=100, description="abstracts that an answer may draw on")
    answer_words: int = Field(
        default=120, ge=20, le=2000, description="most words of an answer; one from more than three abstracts may have twice as many"
    )
    more_words: int = Field(default=300, ge=20, le=4000, description="most words of an answer when asked for more")
    refusal: float = Field(
        default=0.35, ge=0.0, le=1.0, description="the chance that the corpus answers a question, below which it is refused"
    )
    doubt: float = Field(
        default=0.6,
        ge=0.0,
        le=1.0,
        description="the same chance, below which the nearest sentences are shown as what may not be the answer",
    )
    unsupported: Literal["drop", "flag"] = Field(
        default="drop", description="what becomes of a model's sentence that its sources do not bear out"
    )
    openai_api_key: SecretStr | None = Field(
        default=None,
        validation_alias="OPENAI_API_KEY",
        repr=False,
        description="key of the model service; with one, answers are written by a model",
    )
    openai_base_url: str | None = Field(
        default=None,
        validation_alias="OPENAI_BASE_URL",
        repr=False,  # it may hold a password
        description="address of any OpenAI-compatible server, such as http://localhost:11434/v1",
    )
    model: str = Field(default="", description="model that writes; empty: a small one of OpenAI's, or the first that another server lists")
    judge: Literal["model", "local"] = Field(
        default="model", description="what decides whether sources bear out a sentence that a model wrote: a model, or our own check"
    )
    judge_model: str = Field(default="", description="model that judges, at the same service; empty: the one that writes")
    eval_model: str = Field(
        default="", description="model that judges in evaluations (--judge llm); empty: the one that writes, which then judges itself"
    )
    prompts: Path | None = Field(
        default=None, description="folder of prompts in the place of ours, by the same file names; see rag/prompts"
    )
    model_window: int = Field(default=16_384, ge=1024, description="tokens that the model can take in and write, together")
    reply_tokens: int = Field(default=4096, ge=128, description="most tokens of one reply, a model's thinking included")
    question_tokens: int = Field(default=100_000, ge=1024, description="most tokens that one question may use in all its calls")
    model_attempts: int = Field(default=5, ge=1, le=20, description="how often a call that fails in passing is made")
    model_deadline: float = Field(default=120.0, gt=0, description="seconds that one call may take, all its attempts and waits together")
    model_connect_timeout: float = Field(default=10.0, gt=0, description="seconds to wait for a connection to the model service")
    model_read_timeout: float = Field(default=60.0, gt=0, description="seconds to wait for the next byte of a reply")
    model_concurrency: int = Field(default=4, ge=1, le=256, description="most calls to the model service at a time, in one process")
    history_tokens: int = Field(default=2000, ge=0, description="most tokens of earlier turns that are kept in mind")
    auto_index_limit: int = Field(default=2000, ge=0, description="most abstracts that `rag ask` indexes by itself")
    ui_write: Literal["loopback", "always", "never"] = Field(
        default="loopback", description="who may add to the corpus and remove from it on the web page"
    )
    ui_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="names under which the web page may be asked for, besides this computer's own, separated by commas"
    )
    ui_token: SecretStr | None = Field(
        default=None, repr=False, min_length=12, description="a secret that a browser gives once before the web page answers it"
    )
    ui_questions: int = Field(default=60, ge=0, description="most questions that a browser may ask on the web page in a minute")
    ui_answers: int = Field(default=8, ge=0, description="most answers that are made for a browser of the web page at a time")
    ui_uploads: int = Field(default=60, ge=0, description="most files that a browser may give to the web page in a minute")
    ui_sockets: int = Field(default=64, ge=0, description="most open pages of one address")
    lock_timeout: float = Field(default=60.0, ge=0.0, description="seconds to wait for another process that writes the index")

    @field_validator("openai_api_key", "openai_base_url", "chroma_url", "prompts", "ui_token", "database_url", mode="before")
    @classmethod
    def _blank_is_none(cls, value: Any) -> Any:
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("database_url")
    @classmethod
    def _is_database(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _DATABASE.fullmatch(value.get_secret_value()):
            raise ValueError("an address such as postgresql://user:password@host/database; @ : / ? # in a password are %40 %3A %2F %3F %23")
        return value

    @field_validator("ui_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: Any) -> Any:
        hosts = [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
        if isinstance(hosts, list | tuple) and not all(isinstance(one, str) and _HOST.fullmatch(one) for one in hosts):
            raise ValueError("names such as papers.example or *.example, without https:// and without a path, or * for all")
        return hosts

    @field_validator("corpus", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(Path(part) for part in value.split(os.pathsep) if part)
        if isinstance(value, Path):
            return (value,)
        return value


def usual_place(corpus: tuple[Path, ...]) -> tuple[Path, str]:
    """The folder of a corpus' index where RAG_INDEX_DIR is not set, and why it is that one.

    `.rag` where it lies already, and in a checkout of this project; else a folder of the user's data that is named after the corpus,
    so that one corpus has one index wherever a command is typed, and a folder of papers stays as it is.
    """
    if _HERE.is_dir():
        return _HERE, "it lies in this folder"
    if CORPUS.is_dir() and _is_ours(Path("pyproject.toml")):
        return _HERE, "this folder is a checkout of abstract-rag"
    if _is_nowhere(corpus):
        return _data() / "added", "RAG_CORPUS is not set: it holds the files that were added by name"
    resolved = [str(path.resolve()) for path in corpus]
    digest = hashlib.sha256("\n".join(resolved).encode("utf-8", "surrogateescape")).hexdigest()[:8]
    name = re.sub(r"[^\w.-]+", "-", Path(resolved[0]).name if resolved else "").strip("-.")[:_NAME] or "corpus"
    return _data() / f"{name}-{digest}", "it is that of this corpus in the folder of your data"


def _is_ours(project: Path) -> bool:
    try:
        return bool(re.search(r'(?m)^name = "abstract-rag"$', project.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError):
        return False


def _is_nowhere(corpus: tuple[Path, ...]) -> bool:
    return corpus == (CORPUS,) and not CORPUS.exists()


def _data() -> Path:
    from platformdirs import user_data_path

    return user_data_path("abstract-rag", appauthor=False)


def environment_variable(name: str) -> str:
    """The environment variable of a setting, given the setting's name or the variable itself."""
    return name.upper() if name.upper().startswith("OPENAI_") else "RAG_" + name.upper()


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
            name = environment_variable(str(first["loc"][0]))
            shown = "what was given" if name in _SECRETS else repr(first["input"])  # a key is shown to nobody
            raise SettingsError(f"{name} cannot be {shown}: {first['msg'].lower()}. See .env.example.") from None

    @property
    def why_there(self) -> str:
        """Why the index lies where it does."""
        return "RAG_INDEX_DIR says so" if "index_dir" in self.model_fields_set else usual_place(self.corpus)[1]

    @property
    def only_added(self) -> bool:
        """True where no corpus is named and none lies here: then there are only files that were added by name."""
        return "index_dir" not in self.model_fields_set and self.index_dir != _HERE and _is_nowhere(self.corpus)

    @property
    def has_model(self) -> bool:
        """True where a model service is configured: a key, or the address of a server."""
        return self.openai_api_key is not None or self.openai_base_url is not None

    @property
    def writes(self) -> bool:
        """True where answers are written by a model: `RAG_MODE=generate`, or auto with a model service."""
        return self.mode == "generate" or (self.mode == "auto" and self.has_model)
