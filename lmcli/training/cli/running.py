"""Running a training for a command: what is shown meanwhile, kept, logged and drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmcli.frame.environment import Environment

if TYPE_CHECKING:
    from lmcli.training.history import History
    from lmcli.training.task import Plan, Run, Task


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where a training is kept and told of. `again`: the command line that goes on with it."""

    target: Path
    again: str
    log: Path | None = None
    curve: Path | None = None
    resume: bool = False
    force: bool = False


def check(keeping: Keeping) -> None:
    """Raise BadUsage, before long work, for a target that is there or a file that cannot be written."""
    from lmcli.draw.figure import checked_suffix
    from lmcli.frame.disk.whole import check_target
    from lmcli.frame.errors import BadUsage

    if keeping.target.exists() and not keeping.force:
        raise BadUsage(
            f"{keeping.target} exists", "use --force to replace it, or name another place"
        )
    if keeping.curve is not None:
        checked_suffix(keeping.curve)
    if keeping.log is not None:
        check_target(keeping.log)


def kept_at(target: Path) -> Path:
    """The file beside a model's folder in which its training is kept while it is not finished."""
    return target.parent / f".{target.name}.training"


def run(
    env: Environment,
    task: Task,
    plan: Plan,
    keeping: Keeping,
    about: Mapping[str, Any],
    history: History | None = None,
) -> tuple[Run, History]:
    """Learn, and say how it ended. Call `forget` when the model is in place. history: one with bounds to show.

    Raises KeyboardInterrupt after Ctrl-C, when all is saved and the user was told how to go on.
    """
    from lmcli.frame.disk.folders import make_folder
    from lmcli.training.checkpoint import Checkpoint
    from lmcli.training.history import History, log_to
    from lmcli.training.loop import learn
    from lmcli.training.task import INTERRUPTED, OUT_OF_TIME, STOPPED_EARLY, Event
    from lmcli.training.view.live import live

    make_folder(keeping.target.parent)
    kept = Checkpoint(kept_at(keeping.target), about, env.output.warn)
    if keeping.force and not keeping.resume:
        kept.remove()
    kept.check(resume=keeping.resume)
    history = history or History()
    with log_to(keeping.log, further=keeping.resume) as log, live(env, history) as show:

        def watch(event: Event) -> None:
            history.add(event)
            if log:
                log.add(event)
            show(event)

        done = learn(task, plan, watch, kept)
    if keeping.curve is not None:
        from lmcli.training.view.curve import save_curve

        save_curve(history, keeping.curve, keeping.target.name, env.output.warn)
    if done.ended == INTERRUPTED:
        env.output.report(
            f"stopped in epoch {done.epoch + 1} of {plan.epochs}, at step {done.step}; nothing is lost."
            f" Go on with: {keeping.again}"
        )
        raise KeyboardInterrupt
    if done.ended == STOPPED_EARLY:
        env.output.note(
            f"stopped after epoch {done.epoch} of {plan.epochs}: epoch {done.best_epoch} was the best"
        )
    if done.ended == OUT_OF_TIME:
        env.output.report(
            f"the time is up in epoch {done.epoch} of {plan.epochs}; the best weights so far are kept"
        )
    return done, history


def shown(env: Environment, task: Task, plan: Plan) -> Run:
    """Learn with nothing kept. Raises KeyboardInterrupt after Ctrl-C."""
    from lmcli.training.history import History
    from lmcli.training.loop import learn
    from lmcli.training.task import INTERRUPTED, Event
    from lmcli.training.view.live import live

    history = History()
    with live(env, history) as show:

        def watch(event: Event) -> None:
            history.add(event)
            show(event)

        done = learn(task, plan, watch)
    if done.ended == INTERRUPTED:
        raise KeyboardInterrupt
    return done


def forget(keeping: Keeping) -> None:
    """Remove what was kept to go on with: the model is in place."""
    kept_at(keeping.target).unlink(missing_ok=True)


def again() -> str:
    """The command line that goes on with the one that runs now: the options that were given, and --resume."""
    import shlex

    import click
    from click.core import ParameterSource

    context = click.get_current_context()
    words = context.command_path.split()
    for parameter in context.command.params:
        value, name = context.params.get(parameter.name or ""), max(parameter.opts, key=len)
        given = context.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE
        if isinstance(parameter, click.Argument):
            several = value if isinstance(value, tuple) else (value,)
            words += [str(one) for one in several if one is not None]
        elif given and value is not None and name not in ("--resume", "--force"):
            words += [name] if parameter.is_flag else [name, str(value)]  # type: ignore[attr-defined]
    return shlex.join([*words, "--resume"])
