"""The command about the shell: completion."""

from __future__ import annotations

import click

from lmcli.frame.environment import Environment


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
