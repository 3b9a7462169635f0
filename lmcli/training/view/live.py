"""A training while it runs: a bar with loss and time left, and the curve of the loss above it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from lmcli.frame.locale import said, told
from lmcli.frame.text.wrapping import cut
from lmcli.training.history import History
from lmcli.training.view.curve import curve_lines

if TYPE_CHECKING:
    from rich.text import Text

    from lmcli.frame.environment import Environment
    from lmcli.training.task import Event, Watch

SECONDS = 0.25  # between two pictures
FULL, EMPTY = "━", "─"


@contextmanager
def live(env: Environment, history: History) -> Iterator[Watch]:
    """A watcher that draws on stderr where that is a terminal; elsewhere one that does nothing."""
    if not env.stderr_isatty or env.settings.quiet:
        yield lambda _event: None
        return
    from rich.live import Live

    console = env.output.console(stderr=True)
    due = 0.0
    with Live(console=console, auto_refresh=False, transient=True) as picture:

        def watch(event: Event) -> None:
            nonlocal due
            if monotonic() >= due or event.scores is not None:
                picture.update(drawn(history, event, console.size.width), refresh=True)
                due = monotonic() + SECONDS

        yield watch


def drawn(history: History, event: Event, width: int) -> Text:
    """The picture: the curve, the bar, what is known of the held-out part."""
    from rich.text import Text

    text = Text("\n".join(curve_lines(history, min(width - 1, 72))), style="cyan")
    share = event.step / max(1, event.steps)
    bar = round(30 * share)
    left = event.seconds / max(1, event.step) * (event.steps - event.step)
    state = told(f"epoch {event.epoch}  loss {event.loss:.3f}  {clock(left)} left")
    line = f"{FULL * bar}{EMPTY * (30 - bar)} {share:4.0%}  {state}"
    text.append("\n" + cut(line, width - 2), style="bold")
    if history.epochs:
        scores = history.epochs[-1][2]
        found = "  ".join(f"{said(n)} {value:.3f}" for n, value in scores.items() if n != "score")
        text.append("\n" + cut(said("held out: %s") % found, width - 2) if found else "")
    if history.bounds:
        known = "  ".join(f"{said(name)} {value:.3f}" for name, value in history.bounds.items())
        text.append("\n" + cut(said("to beat: %s") % known, width - 2))
    if history.said:
        text.append(f"\n{history.said}", style="italic")
    return text


def clock(seconds: float) -> str:
    """Seconds as minutes and seconds, or hours."""
    whole = round(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
