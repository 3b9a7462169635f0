"""What was typed, kept between sessions in the data folder: the session's lines, the turns of a chat."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from prompt_toolkit.history import FileHistory, History, InMemoryHistory

from lmcli.core.environment import Environment
from lmcli.core.folders import data_folder


def open_history(env: Environment, name: str) -> History:
    """The history in the file `name`, readable by its owner alone.

    Where there is no place for it, a warning says so, and what is typed is remembered until the process ends.
    """
    path = data_folder(env.variables) / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        with path.open("rb"), path.open("ab"):
            pass
    except OSError as error:
        _warn(env, path, error)
        return InMemoryHistory()
    return _Kept(env, path)


class _Kept(FileHistory):
    """A history file that each line is added to before it runs."""

    def __init__(self, env: Environment, path: Path) -> None:
        super().__init__(str(path))
        self._env = env
        self._path = path
        self._full = False

    def store_string(self, string: str) -> None:
        """Append a line; from where that fails on, only this session remembers."""
        if self._full:
            return
        try:
            super().store_string(string)
        except (OSError, UnicodeEncodeError) as error:
            self._full = isinstance(error, OSError)
            if isinstance(error, OSError):
                _warn(self._env, self._path, error)

    def load_history_strings(self) -> Iterable[str]:
        """The lines, the last first."""
        try:
            yield from super().load_history_strings()
        except OSError:
            return


def _warn(env: Environment, path: Path, error: OSError) -> None:
    reason = f"{path}: {error.strerror}"
    env.output.warn(f"what is typed is not kept ({reason}); LMCLI_DATA can name another place")
