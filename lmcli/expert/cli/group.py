"""The expert system's commands: lmcli expert ..."""

from __future__ import annotations

import click

from lmcli.core.lazy import HELP, LazyGroup, Sections

TABLE: Sections = {
    "Consult": {
        "chat": (
            "lmcli.expert.chat_commands:chat",
            "Hold a dialogue that asks, concludes and explains.",
        ),
        "infer": ("lmcli.expert.commands:infer", "Conclude what follows from facts."),
        "how": ("lmcli.expert.commands:how", "Prove a conclusion, rule by rule."),
        "why-not": (
            "lmcli.expert.commands:why_not",
            "Show what a conclusion lacks, cheapest first.",
        ),
    },
    "Rule bases": {
        "list": ("lmcli.expert.base_commands:list_", "List the bundled rule bases."),
        "show": ("lmcli.expert.base_commands:show", "Show a base's rules, as text or as a graph."),
        "check": ("lmcli.expert.base_commands:check", "Find the faults of a rule base."),
        "new": ("lmcli.expert.base_commands:new", "Write a small rule base to start from."),
        "import": ("lmcli.expert.base_commands:import_", "Make a rule base of CLIPS rules."),
    },
}


@click.group(cls=LazyGroup, table=TABLE, context_settings=HELP)
def expert() -> None:
    """Consult rule bases: infer, explain, chat; write your own."""
