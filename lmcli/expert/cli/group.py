"""The expert system's commands: lmcli expert ..."""

from __future__ import annotations

import click

from lmcli.frame.tree.lazy import HELP, LazyGroup, Sections

TABLE: Sections = {
    "Consult": {
        "chat": (
            "lmcli.expert.cli.chat:chat",
            "Hold a dialogue that asks, concludes and explains.",
        ),
        "infer": ("lmcli.expert.cli.reason:infer", "Conclude what follows from facts."),
        "how": ("lmcli.expert.cli.reason:how", "Prove a conclusion, rule by rule."),
        "why-not": (
            "lmcli.expert.cli.reason:why_not",
            "Show what a conclusion lacks, cheapest first.",
        ),
    },
    "Rule bases": {
        "list": ("lmcli.expert.cli.bases:list_", "List the bundled rule bases."),
        "show": ("lmcli.expert.cli.bases:show", "Show a base's rules, as text or as a graph."),
        "check": ("lmcli.expert.cli.bases:check", "Find the faults of a rule base."),
        "new": ("lmcli.expert.cli.bases:new", "Write a small rule base to start from."),
        "import": ("lmcli.expert.cli.bases:import_", "Make a rule base of CLIPS rules."),
    },
}


@click.group(cls=LazyGroup, table=TABLE, context_settings=HELP)
def expert() -> None:
    """Consult rule bases: infer, explain, chat; write your own."""
