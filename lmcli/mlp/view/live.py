"""What a person at a terminal sees while a network learns."""

from __future__ import annotations

from time import monotonic, sleep
from typing import TYPE_CHECKING

from lmcli.mlp.learning import Learner
from lmcli.mlp.view.picture import summary

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live

FRAMES = 20  # of a short learning, ever farther apart
SECONDS = 0.05  # that each of them stays at least
PATIENT_SHARE = 4  # times as long as the last picture took, at least, until the next


class LiveLearning:
    """Shows a network while it learns: at 20 epochs of its course, so that a short one can be followed too."""

    def __init__(self, console: Console, learner: Learner, shown: bool) -> None:
        self.console = console
        self.learner = learner
        self.shown = shown
        last = learner.settings.epochs
        self.marks = {round(last ** (i / FRAMES)) for i in range(FRAMES)}
        self._live: Live | None = None
        self._drawn = monotonic()
        self._due = self._drawn + 1

    def __enter__(self) -> LiveLearning:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._live:
            self._live.stop()

    def watch(self) -> None:
        """Take note of an epoch; draw at the marks, or if the last picture is old enough."""
        if not self.shown or not (self.learner.epoch in self.marks or monotonic() > self._due):
            return
        if self._live is None:
            from rich.live import Live

            self._live = Live(console=self.console, auto_refresh=False, transient=True)
            self._live.start()
        sleep(max(0.0, self._drawn + SECONDS - monotonic()))
        began = monotonic()
        self._live.update(summary(self.learner, self.console), refresh=True)
        self._drawn = monotonic()
        self._due = self._drawn + max(2 * SECONDS, PATIENT_SHARE * (self._drawn - began))
