"""The exceptions of lmcli, for who uses it from Python. Each carries `message`, `hint` and `exit_code`."""

from lmcli.frame.errors import (
    BadInput,
    BadUsage,
    LmcliError,
    MissingExtra,
    ModelError,
    NoAnswer,
    UnknownWord,
)

__all__ = [
    "BadInput",
    "BadUsage",
    "LmcliError",
    "MissingExtra",
    "ModelError",
    "NoAnswer",
    "UnknownWord",
]
