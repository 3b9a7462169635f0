"""What exceptions that nobody raised on purpose mean to a user."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from pathlib import Path

from lmcli.frame.errors import LmcliError, no_text

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # there is no room

# Faults that another place does not have.
PLACES = {
    *(errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT),
    *(errno.ENOENT, errno.ENOTDIR, errno.EIO),
}


def fault_of(error: BaseException, variables: Mapping[str, str]) -> LmcliError:
    """The message for an exception; where it is a folder of lmcli's own, with the variable that names another."""
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename is not None else ""
        return LmcliError(f"{where}{error.strerror}", _elsewhere(error, variables))
    if isinstance(error, MemoryError):
        return LmcliError("out of memory", "give it less at once, or make room")
    if isinstance(error, RecursionError):
        return LmcliError("the input is nested too deeply to be read", "--debug shows where")
    if isinstance(error, UnicodeEncodeError):  # stdout and files of lmcli take all of Unicode
        return no_text(error.object) or LmcliError(str(error))
    hint = "this is a bug in lmcli: run again with --debug and report what it prints"
    return LmcliError(f"{type(error).__name__}: {error}", hint)


def _elsewhere(error: OSError, variables: Mapping[str, str]) -> str | None:
    """The hint for a place that cannot be used, where it is one of lmcli's."""
    from lmcli.frame.disk.folders import variables_of

    if error.errno not in PLACES or not isinstance(error.filename, (str, Path)):
        return None
    names = variables_of(Path(error.filename), variables)
    return f"{' or '.join(names)} can name another place" if names else None
