"""A training on disk: weights, optimiser, rate, random states and the place in the data, so that it can go on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from lmcli.frame.disk.faults import FULL
from lmcli.frame.disk.whole import new_file
from lmcli.frame.errors import BadUsage, LmcliError
from lmcli.nn.onnxfile.torch_export import torch

if TYPE_CHECKING:
    from lmcli.training.task import Run, Task

EVERY = 60.0  # seconds between two saves within an epoch
_RUN = ("epoch", "step", "best", "best_epoch", "seconds", "ended", "total", "weights")


class Checkpoint:
    """The file that a training is kept in.

    `about` says what is trained on what: {"data": sha256, "epochs": 10, ...}. A file that says something else is not
    gone on with. `warn` is told where the disk is full: the training goes on, and the file before stays.
    """

    def __init__(
        self, path: Path, about: Mapping[str, Any], warn: Callable[[str], None] = lambda _text: None
    ) -> None:
        self.path = path
        self.resuming = False  # whether what the file holds is gone on with
        self._about = {**about, "torch": str(torch().__version__)}
        self._warn = warn
        self._saved = monotonic()

    def check(self, *, resume: bool) -> None:
        """Decide what an earlier file means. Raises BadUsage where it is unasked for, missing or another's."""
        there = self.path.is_file()
        if resume and not there:
            raise BadUsage("there is nothing to go on with", "leave --resume out")
        if there and not resume:
            raise BadUsage(
                "a training of this name was stopped",
                "--resume goes on with it, --force begins anew",
            )
        self.resuming = resume
        if resume:
            before = self._read()["about"]
            other = [
                name
                for name in {**before, **self._about}
                if before.get(name) != self._about.get(name)
            ]
            if "data" in other:
                raise BadUsage(
                    "the data has changed since the training was stopped", "--force begins anew"
                )
            if other:
                told = ", ".join(f"{name} was {before.get(name)}" for name in other)
                raise BadUsage(
                    f"this is not the training that was stopped: {told}", "give the same options"
                )

    def told(self, name: str) -> Any:
        """What an earlier file says of what is trained, by name; None where there is none."""
        return self._read()["about"].get(name) if self.path.is_file() else None

    def due(self) -> bool:
        """Whether it is time to save within an epoch."""
        return monotonic() - self._saved >= EVERY

    def save(
        self, task: Task, optimiser: Any, schedule: Any, generator: Any, run: Run, order: Any
    ) -> None:
        """Write everything. `order`: the generator's state when the epoch began; None between two epochs."""
        package = torch()
        self._saved = monotonic()
        values = {
            "about": self._about,
            "state": task.state(),
            "optimiser": optimiser.state_dict(),
            "schedule": schedule.state_dict(),
            "generator": generator.get_state(),
            "torch": package.get_rng_state(),
            "cuda": package.cuda.get_rng_state_all() if package.cuda.is_available() else [],
            "order": order,
            "run": {name: getattr(run, name) for name in _RUN},
        }
        try:
            with new_file(self.path) as stream:
                package.save(values, stream)
        except OSError as error:
            self._failed(error.strerror if error.errno in FULL else str(error))
        except RuntimeError as error:  # torch's own word for a stream that takes no more
            self._failed(str(error).partition("\n")[0])

    def _failed(self, reason: str | None) -> None:
        self._warn(
            f"{self.path}: {reason}; the training goes on, but could not go on from here later"
        )

    def restore(self, task: Task, optimiser: Any, schedule: Any, generator: Any, run: Run) -> Any:
        """Put everything back as it was saved; returns `order`. Does nothing where a training begins."""
        if not self.resuming:
            return None
        package = torch()
        values = self._read()
        with package.no_grad():
            for name, tensor in task.state().items():
                tensor.copy_(values["state"][name])
        optimiser.load_state_dict(values["optimiser"])
        schedule.load_state_dict(values["schedule"])
        generator.set_state(values["generator"])
        package.set_rng_state(values["torch"])
        if values["cuda"]:
            package.cuda.set_rng_state_all(values["cuda"])
        for name in _RUN:
            setattr(run, name, values["run"][name])
        return values["order"]

    def remove(self) -> None:
        """Forget the training: what was learnt is in a model now."""
        self.path.unlink(missing_ok=True)

    def _read(self) -> dict[str, Any]:
        """What the file holds; nothing in it is run. Raises LmcliError where it is damaged."""
        try:
            values: dict[str, Any] = torch().load(self.path, weights_only=True, map_location="cpu")
            return values
        except Exception as error:
            reason = str(error).strip().partition("\n")[0]
            raise LmcliError(f"{self.path} is damaged: {reason}", "--force begins anew") from None
