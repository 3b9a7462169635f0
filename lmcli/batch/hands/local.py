"""Worker processes on this machine: each holds the command's models, which the system shares where they are mapped."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator, Sequence

from lmcli.batch.hands.hand import Hand, Stopped
from lmcli.batch.job import Block, Done, Job
from lmcli.nn.cpu import allowed_cores

TRIED = 3  # blocks a worker of a trial: the first loads the models


class Pool:
    """Some hands that share the blocks of a job."""

    def __init__(self, job: Job, workers: int) -> None:
        self.job = job
        self.workers = workers
        self.hands = [Hand(job, max(1, allowed_cores() // workers)) for _ in range(workers)]

    def answer(self, blocks: Sequence[Block]) -> Iterator[tuple[int, Done]]:
        """What became of each block, as they are done, with the number of the hand; the blocks in order at most."""
        waiting = iter(blocks)
        lock = threading.Lock()
        found: queue.SimpleQueue[tuple[int, Done | BaseException | None]] = queue.SimpleQueue()

        def work(number: int, hand: Hand) -> None:
            try:
                while True:
                    with lock:
                        block = next(waiting, None)
                    if block is None:
                        break
                    found.put((number, hand.answer(block)))
            except Stopped:
                pass
            except BaseException as error:
                found.put((number, error))
            found.put((number, None))

        hands = self.hands[: max(1, min(self.workers, len(blocks)))]
        for number, hand in enumerate(hands):
            threading.Thread(target=work, args=(number, hand), daemon=True).start()
        left = len(hands)
        try:
            while left:
                number, news = found.get()
                if isinstance(news, BaseException):
                    raise news
                if news is None:
                    left -= 1
                else:
                    yield number, news
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End all processes."""
        for hand in self.hands:
            hand.close()


class Local:
    """The local engine. workers: how many, or None to find out which number is the fastest here."""

    def __init__(self, job: Job, workers: int | None) -> None:
        self.job = job
        self.asked = workers
        self.pool: Pool | None = None

    @property
    def workers(self) -> int:
        """How many there are now."""
        return self.pool.workers if self.pool else 0

    def answer(self, blocks: Sequence[Block]) -> Iterator[Done]:
        """What became of each block, as they are done."""
        cores = allowed_cores()
        workers = self.asked
        if workers is None and cores > 1 and len(blocks) >= 2 * TRIED * (cores + 1):
            tried = TRIED
            alone = yield from self._trial(blocks[:tried], 1)
            further = blocks[tried : tried + TRIED * cores]
            together = yield from self._trial(further, cores)
            blocks = blocks[tried + len(further) :]
            workers = cores if together > alone else 1
        self._use(workers or min(cores, max(1, len(blocks))))
        assert self.pool is not None
        for _, done in self.pool.answer(blocks):
            yield done
        self.close()

    def _trial(self, blocks: Sequence[Block], workers: int) -> Generator[Done, None, float]:
        """Answer blocks; the value is the rate of records a second, without each worker's first, which loads."""
        self._use(workers)
        assert self.pool is not None
        found: dict[int, list[Done]] = {}
        for number, done in self.pool.answer(blocks):
            found.setdefault(number, []).append(done)
            yield done
        later = [done for own in found.values() for done in own[1:]]
        seconds = sum(done.seconds for done in later)
        return workers * sum(done.records for done in later) / max(seconds, 1e-9)

    def _use(self, workers: int) -> None:
        """Have so many workers; those that are there stay."""
        if self.pool is not None and self.pool.workers == workers:
            return
        self.close()
        self.pool = Pool(self.job, workers)

    def close(self) -> None:
        """End all processes."""
        if self.pool is not None:
            self.pool.close()
            self.pool.hands = []
