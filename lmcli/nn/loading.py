"""Loading one thing beside another: a tokenizer while onnxruntime prepares the session."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")


class Loading(Generic[T]):
    """Something that loads in a thread of its own, from the moment this is made."""

    def __init__(self, load: Callable[[], T]) -> None:
        self._load = load
        self._value: list[T] = []
        self._error: Exception | None = None
        # no daemon, as a thread that a daemon starts would be: a process that ended while onnxruntime opens a
        # session would be aborted
        self._thread = Thread(target=self._run, daemon=False)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._value.append(self._load())
        except Exception as error:
            self._error = error

    def result(self) -> T:
        """Wait for it; raises what loading raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._value[0]
