"""Values that change from episode to episode: a learning rate, a chance to explore."""

from __future__ import annotations

from dataclasses import dataclass

from lmcli.frame.errors import BadUsage

FORMS = "NUMBER, linear:FROM:TO[:EPISODES] or exp:FROM:TO[:EPISODES]"


@dataclass(frozen=True, slots=True)
class Schedule:
    """From `first` to `last` over `episodes` (the whole run where None), then `last`.

    kind: "constant", "linear", or "exp" (the same factor each episode).
    """

    kind: str
    first: float
    last: float
    episodes: int | None = None

    def at(self, episode: int, total: int) -> float:
        """The value in an episode, counted from 1, of a run of `total`."""
        span = (self.episodes or total) - 1
        share = 1.0 if span <= 0 else min(1.0, (episode - 1) / span)
        if self.kind == "constant":
            return self.first
        if self.kind == "linear":
            return self.first + (self.last - self.first) * share
        ratio: float = (self.last / self.first) ** share
        return self.first * ratio

    def __str__(self) -> str:
        if self.kind == "constant":
            return f"{self.first:g}"
        tail = f":{self.episodes}" if self.episodes else ""
        return f"{self.kind}:{self.first:g}:{self.last:g}{tail}"


def parse(text: str, name: str) -> Schedule:
    """Read a schedule of values from 0 to 1; `name` stands in messages. Raises BadUsage."""
    kind, *parts = text.strip().split(":")
    try:
        if kind not in ("linear", "exp"):
            return _checked(Schedule("constant", float(text), float(text)), name)
        first, last, *rest = parts
        episodes = int(rest[0]) if rest else None
        if len(rest) > 1 or (episodes is not None and episodes < 1):
            raise ValueError
        return _checked(Schedule(kind, float(first), float(last), episodes), name)
    except ValueError:
        raise BadUsage(f"{name}: {text!r} is no schedule", f"write {FORMS}") from None


def _checked(schedule: Schedule, name: str) -> Schedule:
    for value in (schedule.first, schedule.last):
        if not 0 <= value <= 1:
            raise BadUsage(f"{name} lies between 0 and 1, not {value:g}")
    if schedule.kind == "exp" and not (schedule.first > 0 and schedule.last > 0):
        raise BadUsage(f"{name}: an exponential schedule cannot start or end at 0", "end at 0.01")
    return schedule
