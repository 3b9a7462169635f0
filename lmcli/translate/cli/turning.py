"""Pages in a terminal, one at a time, turned by keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lmcli.frame.environment import Environment
from lmcli.frame.locale import told

if TYPE_CHECKING:
    from rich.console import RenderableType

QUIT = 0


def turn_pages(env: Environment, pages: Sequence[RenderableType]) -> None:
    """Show the first page, then what the keys ask for: right, blank or Enter goes on, left goes back, q leaves."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

    keys = KeyBindings()
    for names, move in (
        (("right", " ", "enter", "n"), 1),
        (("left", "p"), -1),
        (("q", "escape", "c-d"), QUIT),
    ):
        for name in names:

            @keys.add(name, eager=True)
            def _(event: KeyPressEvent, move: int = move) -> None:
                event.app.exit(result=move)

    session: PromptSession[int] = PromptSession(key_bindings=keys, erase_when_done=True)
    at = 0
    while True:
        env.output.render(pages[at])
        below = told(f"page {at + 1} of {len(pages)}: right goes on, left back, q leaves ")
        try:
            move = session.prompt(below)
        except (KeyboardInterrupt, EOFError):
            return
        if move == QUIT or at + move == len(pages):
            return
        at = max(0, at + move)
