"""The command `chat`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage
from lmcli.gpt.api import LanguageModel
from lmcli.gpt.cli import options as own

if TYPE_CHECKING:
    from lmcli.gpt.request import Request


@click.command(
    epilog="Fields: prompt, text, tokens, finish_reason, seed.\n\n"
    'Example:  lmcli chat -m "Name three colours." --greedy -n 12'
)
@click.option("-m", "--message", metavar="TEXT", help="Say one thing, print the answer, and leave.")
@click.option(
    "-s",
    "--system",
    default="",
    type=options.Escaped(),
    metavar="TEXT",
    help="What the model is told first; \\n is a new line.",
)
@click.option(
    "--load",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Go on with a saved conversation.",
)
@own.request(length=512, temperature=0.6)
@options.common("model", "threads", "provider", "offline")
@click.pass_obj
def chat(
    env: Environment,
    message: str | None,
    system: str,
    load: Path | None,
    request: Request,
    model: str | None,
) -> None:
    """Talk with a language model.

    On a terminal /help lists the commands, Ctrl-C stops an answer and keeps the conversation. Lines
    from a pipe are turns of one conversation.
    """
    from lmcli.gpt.cli.chat_live import Talk, interactive, one_turn, piped

    if message is not None and not message.strip():
        raise BadUsage("-m has no text", 'as in lmcli chat -m "Name three colours."')
    conversation = LanguageModel.of(env, model).chat().conversation
    if load:
        conversation.load(load)
    conversation.system = system or conversation.system
    talk = Talk(env, conversation, request)
    if message is not None:
        one_turn(talk, message)
    elif env.stdin_isatty and env.stdout_isatty:
        with env.dialogue():
            interactive(talk)
    else:
        piped(talk)
