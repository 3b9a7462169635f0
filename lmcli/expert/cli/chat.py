"""The dialogue on a terminal or in a pipe: lmcli expert chat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from lmcli.expert.cli.reason import complete_base, end_incomplete, open_base
from lmcli.frame import options
from lmcli.frame.environment import Environment

if TYPE_CHECKING:
    from lmcli.expert.dialogue.dialogue import Dialogue, Line
    from lmcli.expert.language.match import Similar
    from lmcli.expert.model import RuleBase
    from lmcli.frame.text.understanding import Read

PROMPT = "> "
STYLES = {"say": "", "question": "bold", "conclusion": "bold green", "note": "dim", "error": "red"}


@click.command(epilog="Example:  lmcli expert chat animals --play zebra.txt")
@click.argument("base", required=False, default="animals", shell_complete=complete_base)
@click.option(
    "--load", type=click.Path(path_type=Path), metavar="FILE", help="Go on with a saved session."
)
@click.option(
    "--play",
    type=click.File("rb"),
    metavar="FILE",
    help="Take the lines from a file, as from a pipe.",
)
@click.option("--words-only", is_flag=True, help="Match sentences by words, never by meaning.")
@options.common("provider", "threads")
@click.pass_obj
def chat(
    env: Environment, base: str, load: Path | None, play: BinaryIO | None, words_only: bool
) -> None:
    """Hold a dialogue that asks, concludes and explains.

    Answer yes, no or unknown, tell facts in your own words, ask why, how and why-not; `help` lists the rest.
    Lines from a pipe play the same dialogue.
    """
    from lmcli.expert.dialogue.dialogue import Dialogue
    from lmcli.expert.language.match import Matcher

    opened = open_base(env, base)
    similar = None if words_only else _similar(env, opened)
    dialogue = Dialogue(opened, Matcher(opened, similar))
    typed = play is None and env.stdin_isatty
    lines = _typed(env, dialogue) if typed else _piped(env, play or env.stdin)
    opening = dialogue.resume(load) if load else dialogue.open()
    with env.dialogue() if typed else nullcontext():
        _print(env, opening)
        while not dialogue.finished:
            line = next(lines, None)
            if line is None:
                break
            _print(env, dialogue.reply(line))
    end_incomplete(opened)


def _print(env: Environment, lines: Iterable[Line]) -> None:
    """A terminal gets whole words to its width, a pipe each line as it is."""
    if not env.stdout_isatty:
        for line in lines:
            env.output.text(line.text)
        return
    from rich.text import Text

    console = env.output.console()
    for line in lines:
        console.print(Text(line.text, STYLES[line.kind]))


def _piped(env: Environment, stream: BinaryIO) -> Iterator[str]:
    """Lines of a stream; each is shown after a prompt, so that the output reads as the dialogue it was.

    Raises PartialFailure at the end where some lines were no text.
    """
    from lmcli.frame.errors import PartialFailure
    from lmcli.frame.inputs import records_of_stream

    total = failed = 0
    for batch in records_of_stream(stream, keep_blank=True):
        for record in batch:
            total += 1
            if record.error:
                failed += 1
                env.output.error(record.error, record.line)
                continue
            env.output.text(PROMPT + record.value)
            yield record.value
    if failed:
        raise PartialFailure(failed, total)


def _typed(env: Environment, dialogue: Dialogue) -> Iterator[str]:
    """Lines of a terminal, with editing, history of this session, and completion of facts."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import WordCompleter
    from prompt_toolkit.formatted_text import ANSI

    from lmcli.expert.dialogue.phrases import COMMANDS

    position = 1 if dialogue.base.language == "zh" else 0
    names = [words[-1] if position else words[0] for words in COMMANDS.values()]
    vocabulary = dialogue.matcher.vocabulary
    completer = WordCompleter([*names, *vocabulary.facts, *vocabulary.attributes], sentence=True)
    session: PromptSession[str] = PromptSession(
        completer=completer, complete_while_typing=False, enable_suspend=True
    )
    color = env.wants_color(env.stdout_isatty)
    prompt = ANSI(f"\x1b[1;36m{PROMPT}\x1b[0m") if color else PROMPT
    while True:
        try:
            yield session.prompt(prompt)
        except KeyboardInterrupt:
            continue  # Ctrl-C clears the line, Ctrl-D leaves
        except EOFError:
            return


def _similar(env: Environment, base: RuleBase) -> Similar | None:
    """Cosines by the sentence model, opened when the first sentence needs it; none for Chinese."""
    if base.language != "en":
        return None
    known: dict[str, Any] = {}

    def similar(text: str, phrases: Sequence[str]) -> Sequence[float]:
        from lmcli.nn.encoder import encoder_of

        encoder = encoder_of(env)
        if "phrases" not in known:
            known["phrases"] = encoder.encode(list(phrases))
        reads: list[Read] = []
        (vector,) = encoder.encode([text], tell=lambda _index, seen: reads.append(seen))
        if any(seen.nothing for seen in reads):
            return [0.0] * len(phrases)
        scores: Sequence[float] = (known["phrases"] @ vector).tolist()
        return scores

    return similar
