"""Pictures to vectors as they come: decoding beside inference, in order, in memory that does not grow.

With a small tower on a CPU each worker takes one picture through all steps on one thread: decoders, numpy and
onnxruntime let go of Python's lock, so that the workers fill the cores without waiting for each other, as the
threads of one graph do. A large tower, or one on a GPU, has one run after the other, while other workers decode.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from lmcli.clip.model import Clip
from lmcli.frame.errors import LmcliError

if TYPE_CHECKING:
    from PIL import Image

AHEAD = 4  # pictures for each worker that may be under way, or done and not yet taken

Vector: TypeAlias = NDArray[np.float32]
P = TypeVar("P")


def image_vectors(
    clip: Clip,
    pictures: Iterable[P],
    read: Callable[[P], Image.Image],
    encode: Callable[[Vector], Vector] | None = None,
) -> _Results[P]:
    """Each picture with its vector (d) of length 1, or the error that `read` raised for it, in order.

    The work begins with the call, not when the first result is asked for. `pictures` is iterated in a thread of its
    own, a little ahead, so that a result never waits until the next picture is named. `encode` stands in place of
    clip.encode_images, which turns pixels (views, 3, height, width) into vectors (views, d). What it raises is raised
    here, after the results before it; as is what is no LmcliError.
    """
    line = _Line(clip, read, encode or clip.encode_images)
    Thread(target=line.feed, args=(pictures,), daemon=True).start()
    return _Results(line)


class _Results(Iterator[tuple[P, "Vector | LmcliError"]]):
    """What the workers found, in order. They stop when it ends, or when nobody holds it any longer."""

    def __init__(self, line: _Line[P]) -> None:
        self._line = line

    def __next__(self) -> tuple[P, Vector | LmcliError]:
        future = None if self._line.stopped.is_set() else self._line.waiting.get()
        if future is None:
            self.close()
            raise StopIteration
        try:
            return future.result()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Take no more."""
        self._line.stop()

    __del__ = close


class _Line(Generic[P]):
    """The workers, and what they have been given in order; None in `waiting` is the end."""

    def __init__(
        self, clip: Clip, read: Callable[[P], Image.Image], encode: Callable[[Vector], Vector]
    ) -> None:
        self._clip = clip
        self._encode = encode
        self._read = read
        self._workers = ThreadPoolExecutor(max(2, clip.threads), "pictures")
        self._lock = Lock()
        self.stopped = Event()
        self.waiting: queue.Queue[Future[tuple[P, Vector | LmcliError]] | None]
        self.waiting = queue.Queue(AHEAD * clip.threads)

    def feed(self, pictures: Iterable[P]) -> None:
        """Hand out pictures until there are no more, or nobody takes the results."""
        try:
            for picture in pictures:
                if not self._put(self._workers.submit(self._vector, picture)):
                    return
        except BaseException as error:
            failed: Future[tuple[P, Vector | LmcliError]] = Future()
            failed.set_exception(error)
            self._put(failed)
        self._put(None)

    def stop(self) -> None:
        """Let what is under way be finished, and forget the rest."""
        self.stopped.set()
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _put(self, future: Future[tuple[P, Vector | LmcliError]] | None) -> bool:
        while not self.stopped.is_set():
            try:
                self.waiting.put(future, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def _vector(self, picture: P) -> tuple[P, Vector | LmcliError]:
        self._clip.towers.start("vision")  # opened while the first pictures are read
        try:
            pixels = self._clip.pixels_of(self._read(picture))
        except LmcliError as error:
            return picture, error
        with nullcontext() if self._clip.towers.run_side_by_side else self._lock:
            return picture, self._clip.merged(self._encode(pixels))
