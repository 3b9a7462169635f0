"""The course of a training: the losses and scores that a curve shows, and a log of them as JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

from lmcli.frame.disk.whole import check_target

if TYPE_CHECKING:
    from lmcli.training.task import Event

POINTS = 400  # of the curve of steps: a long one is thinned out


@dataclass(slots=True)
class History:
    """(step, loss) of steps, and (step, loss, scores) at the end of each epoch.

    bounds: losses that mean something, by name, to see the curve against. said: what the model says by now.
    """

    steps: list[tuple[int, float]] = field(default_factory=list)
    epochs: list[tuple[int, float, dict[str, float]]] = field(default_factory=list)
    total: int = 0
    bounds: dict[str, float] = field(default_factory=dict)
    said: str = ""

    def add(self, event: Event) -> None:
        """Take note of an event."""
        self.total = event.steps
        if event.scores is None:
            self.steps.append((event.step, event.loss))
        else:
            self.epochs.append((event.step, event.loss, dict(event.scores)))

    def smoothed(self) -> list[tuple[int, float]]:
        """The losses of steps, as means of so many that at most POINTS are left."""
        each = max(1, -(-len(self.steps) // POINTS))
        parts = [self.steps[at : at + each] for at in range(0, len(self.steps), each)]
        return [(part[-1][0], sum(loss for _, loss in part) / len(part)) for part in parts]

    def of(self, name: str) -> list[tuple[int, float]]:
        """(step, value) of one of the scores."""
        return [(step, scores[name]) for step, _, scores in self.epochs if name in scores]


class Log:
    """Writes events as JSON lines: epoch, step, loss, rate, seconds; at the end of an epoch the scores too."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def add(self, event: Event) -> None:
        """Write an event, and hand it over at once: others may read while the training goes on."""
        line: dict[str, object] = {"event": "step" if event.scores is None else "epoch"}
        for name in ("epoch", "step", "loss", "rate", "seconds"):
            line[name] = getattr(event, name)
        if event.scores is not None:
            line |= {**event.scores, "best": event.best}
        self._stream.write(json.dumps(line) + "\n")
        self._stream.flush()


@contextmanager
def log_to(path: Path | None, *, further: bool = False) -> Iterator[Log | None]:
    """A log in a file, after what is there with `further`; None without one."""
    if path is None:
        yield None
        return
    check_target(path)
    with path.open("a" if further else "w", encoding="utf-8") as stream:
        yield Log(stream)


def read_log(lines: Iterable[str]) -> History:
    """The history that a log tells."""
    history = History()
    for line in lines:
        event = json.loads(line)
        if event["event"] == "step":
            history.steps.append((event["step"], event["loss"]))
        else:
            own = ("event", "epoch", "step", "loss", "rate", "seconds", "best")
            scores = {name: value for name, value in event.items() if name not in own}
            history.epochs.append((event["step"], event["loss"], scores))
        history.total = max(history.total, event["step"])
    return history
