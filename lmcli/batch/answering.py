"""A block, from its records to its part: read, asked piece by piece, written."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import lmcli
from lmcli.batch.asking import Answer, Asker, Broken
from lmcli.batch.files.reading import Reader
from lmcli.batch.files.writing import write_part
from lmcli.batch.job import Block, Done, Item, Job
from lmcli.frame.errors import BadInput
from lmcli.frame.loaded import resident

Piece = tuple[int, int]  # records of a block from .. to, both counted in the block
Tell = Callable[[int, int, int], None]


class Failed(Exception):
    """A piece whose command fell over; the records before `answered` of it were answered."""

    def __init__(self, piece: Piece, answered: int, message: str) -> None:
        super().__init__(message)
        self.piece, self.answered = piece, answered


class Answerer:
    """Answers blocks of one job, with one command whose models stay loaded."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.reader = Reader(job)
        self.asker = Asker(job.words)

    def answer(
        self,
        block: Block,
        pieces: Sequence[Piece],
        poison: Mapping[int, str],
        tell: Tell = lambda _low, _high, _answered: None,
    ) -> Done:
        """Answer a block and write its part. `pieces`: what is asked at once; `poison`: records set aside, and why.

        Raises Failed where the command falls over, Refused where it cannot begin.
        """
        try:
            batch = self.reader.read(block)
        except BadInput as error:
            return self._unread(block, str(error))
        answers = [Answer(error=item.error) for item in batch.items]
        for place, why in poison.items():
            answers[place].error = why
        start = time.perf_counter()
        for low, high in pieces:
            places = [at for at in range(low, high) if answers[at].error is None]
            if places:
                self._ask(batch.items, answers, places, (low, high), tell)
        seconds = time.perf_counter() - start
        part, size = write_part(self.job, block.key, batch, answers)
        errors = [
            self._error(block, item, answer.error)
            for item, answer in zip(batch.items, answers, strict=True)
            if answer.error
        ]
        rows = sum(len(answer.rows) for answer in answers)
        return self._done(block, part, rows, errors, seconds, size)

    def _ask(
        self, items: list[Item], answers: list[Answer], places: list[int], piece: Piece, tell: Tell
    ) -> None:
        low, high = piece
        single = len(places) == 1
        values = [items[at].value for at in places]
        try:
            found = self.asker.ask(values, lambda answered: tell(low, high, answered))
        except Broken as error:
            if not single:
                raise Failed(piece, 0 if self.asker.sorts else error.answered, str(error)) from None
            found = [Answer(error=str(error))]
        for at, answer in zip(places, found, strict=True):
            answers[at] = answer

    def _error(self, block: Block, item: Item, message: str) -> dict[str, Any]:
        """A line of errors.jsonl."""
        found = {"file": self.job.inputs[block.file].path, "row": item.row, "message": message}
        if "id" in item.fields:
            found["id"] = item.fields["id"]
        return found

    def _unread(self, block: Block, message: str) -> Done:
        path = self.job.inputs[block.file].path
        rows = [block.first + 1 + at for at in block.chosen or range(block.count)]
        errors = [{"file": path, "row": row, "message": message} for row in rows]
        return self._done(block, None, 0, errors, 0.0, 0)

    def _done(
        self,
        block: Block,
        part: str | None,
        rows: int,
        errors: list[Any],
        seconds: float,
        size: int,
    ) -> Done:
        said, self.asker.said = dict(self.asker.said.most_common(20)), Counter()
        return Done(
            block.key, part, block.records, rows, tuple(errors), seconds, size,
            dict(self.asker.models), lmcli.__version__, said, resident(),
        )  # fmt: skip
