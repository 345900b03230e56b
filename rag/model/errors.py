"""Everything that abstract-rag raises on purpose.

RagError                 the base; command line, web page and scripts catch this one and print it
├── SettingsError        a setting has a value that cannot be used
├── CorpusError          a source cannot be read at all (a problem in one line is listed, not raised)
├── IndexMissingError    there is no index where one is needed
├── IndexMismatchError   the index was made with other settings or by another version
├── IndexBusyError       another process is writing to the index
├── IndexDamagedError    the index on disk does not agree with its own manifest
├── NotFoundError        an abstract, a source or an answer that was asked for is not there
├── QuestionError        the question is empty, too long, or not text
├── LimitError           more is asked in a minute, or at once, than this server allows
└── ModelError           the model service cannot be used: not there, not allowed, or its reply is none

A message says what is wrong, with the value, and what to type next.
"""


class RagError(Exception):
    """Base of all errors that a user can do something about."""


class SettingsError(RagError):
    """A setting has a value that cannot be used."""


class CorpusError(RagError):
    """A source cannot be read at all."""


class IndexMissingError(RagError):
    """There is no index where one is needed."""


class IndexMismatchError(RagError):
    """The index was made with other settings or by another version."""


class IndexBusyError(RagError):
    """Another process is writing to the index."""


class IndexDamagedError(RagError):
    """The index on disk does not agree with its own manifest."""


class NotFoundError(RagError):
    """What was asked for by name or number is not there."""


class QuestionError(RagError):
    """The question is empty, too long, or not text."""


class LimitError(RagError):
    """More is asked in a minute, or at once, than this server allows."""


class ModelError(RagError):
    """The model service cannot be used: it is not there, does not allow it, or its reply is none."""
