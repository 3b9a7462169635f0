"""The commands about the machine and its shell: doctor, completion."""

from __future__ import annotations

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import ModelError, Reported


@click.command(
    epilog="Fields: check, result, detail, hint.\n\nExample:  lmcli doctor",
)
@options.common()
@click.pass_obj
def doctor(env: Environment) -> None:
    """Report what works here and what does not.

    Versions, the providers that really run, threads, model folders, and how to mend what is
    damaged. Exits 4 where a model is damaged.
    """
    from lmcli.store.measure.doctor import examine

    rows = list(examine(env.models, env.variables))
    env.output.rows(rows)
    damaged = [row for row in rows if row.result == "damaged"]
    if damaged:
        raise Reported(ModelError(damaged[0].detail, damaged[0].hint))


@click.command(epilog="Example:  lmcli completion bash")
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
@click.pass_obj
def completion(env: Environment, shell: str) -> None:
    """Print the shell completion script.

    It completes commands, options, model names and words of the vocabulary. Append it to ~/.bashrc
    or ~/.zshrc, or write it to ~/.config/fish/completions/lmcli.fish.
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    root = click.get_current_context().find_root()
    env.output.text(kind(root.command, {}, "lmcli", "_LMCLI_COMPLETE").source())
