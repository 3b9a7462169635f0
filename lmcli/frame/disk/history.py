"""What was typed, kept between sessions in the data folder: the session's lines, the turns of a chat."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from prompt_toolkit.history import FileHistory

from lmcli.frame.disk.folders import data_folder, make_folder
from lmcli.frame.environment import Environment


def open_history(env: Environment, name: str) -> Kept:
    """The history in the file `name`, readable by its owner alone.

    Where there is no place for it, what is typed is remembered until the process ends; `tell` says so.
    """
    path = data_folder(env.variables) / name
    history = Kept(env, path)
    try:
        make_folder(path.parent)
        path.touch(mode=0o600)
        with path.open("rb"), path.open("ab"):
            pass
    except OSError as error:
        history.give_up(error)
    return history


class Kept(FileHistory):
    """A history file that each line is added to before it runs."""

    def __init__(self, env: Environment, path: Path) -> None:
        super().__init__(str(path))
        self._env = env
        self._path = path
        self._fault: str | None = None

    def store_string(self, string: str) -> None:
        """Append a line; from where that fails on, only this process remembers."""
        if self._fault is not None:
            return
        try:
            super().store_string(string)
        except OSError as error:
            self.give_up(error)
        except UnicodeEncodeError:  # typed bytes that are no text
            return

    def load_history_strings(self) -> Iterable[str]:
        """The lines, the last first; of a device (/dev/full has no end), none."""
        try:
            if self._fault is None and self._path.is_file():
                yield from super().load_history_strings()
        except OSError:
            return

    def give_up(self, error: OSError) -> None:
        """Write no more, for this reason."""
        self._fault = f"{self._path}: {error.strerror}"

    def tell(self) -> None:
        """Warn, the first time, that what is typed is not kept: not while the prompt is being drawn."""
        if self._fault is not None:
            self._env.output.warn_once(
                f"what is typed is not kept ({self._fault}); LMCLI_DATA can name another place"
            )
