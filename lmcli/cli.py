"""The command tree: a table of names, where each is found, and one line of help. Help imports nothing else."""

from __future__ import annotations

import click

import lmcli
from lmcli.core.environment import Environment
from lmcli.core.lazy import HELP, LazyGroup, Sections

# section -> command -> (import path, one-line help); a test keeps the help equal to the command's own
SECTIONS: Sections = {
    "Rules": {
        "expert": (
            "lmcli.expert.group:expert",
            "Consult rule bases: infer, explain, chat; write your own.",
        ),
    },
    "Mazes": {
        "maze": ("lmcli.maze.group:maze", "Learn to cross mazes: Q-learning and its kin."),
    },
    "Word vectors": {
        "analogy": ("lmcli.words.commands:analogy", "Solve A - B + C with word vectors."),
        "similar": ("lmcli.words.commands:similar", "List the nearest neighbours of each word."),
        "similarity": ("lmcli.words.commands:similarity", "Compare two words by cosine."),
        "odd": ("lmcli.words.commands:odd", "Name the word that does not belong."),
        "words": ("lmcli.words.group:words", "Inspect, evaluate, plot, convert and train vectors."),
    },
    "Sentences": {
        "embed": ("lmcli.sentences.commands:embed", "Turn texts into vectors."),
        "compare": (
            "lmcli.sentences.commands:compare",
            "Compare two texts by the cosine of their vectors.",
        ),
        "search": (
            "lmcli.sentences.commands:search",
            "Search files by meaning, paragraph by paragraph.",
        ),
    },
    "Attention": {
        "attention": (
            "lmcli.attention.group:attention",
            "Show what the tokens of a text look at, and how attention works.",
        ),
        "tokenize": ("lmcli.attention.commands:tokenize", "Cut texts into a model's tokens."),
    },
    "GPT": {
        "complete": ("lmcli.gpt.commands:complete", "Continue a text with a language model."),
        "chat": ("lmcli.gpt.chat_commands:chat", "Talk with a language model."),
        "next": (
            "lmcli.gpt.commands:next_",
            "Show which tokens can come next, and how likely each is.",
        ),
        "score": (
            "lmcli.gpt.commands:score",
            "Show how likely each token of a text is, and the text's perplexity.",
        ),
        "prompt": ("lmcli.gpt.prompt_commands:prompt", "Try prompting strategies on small tasks."),
    },
    "CLIP": {
        "clip": (
            "lmcli.clip.group:clip",
            "Classify and find pictures by words, with no training.",
        ),
    },
    "Session": {
        "repl": (
            "lmcli.repl.commands:repl",
            "Open the interactive session, with models that stay loaded.",
        ),
        "run": ("lmcli.repl.commands:run", "Run a script of REPL lines, or serve another program."),
        "config": ("lmcli.repl.config_commands:config", "Show and edit the settings file."),
    },
    "Models and machine": {
        "models": ("lmcli.store.commands:models", "Pull, list, check, measure and build models."),
        "doctor": ("lmcli.store.commands:doctor", "Report what works here and what does not."),
        "completion": ("lmcli.store.commands:completion", "Print the shell completion script."),
    },
}


@click.group(
    cls=LazyGroup,
    table=SECTIONS,
    context_settings=HELP,
)
@click.version_option(lmcli.__version__, prog_name="lmcli")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """The systems of an introductory AI course in the terminal, from rules to CLIP."""
    env = ctx.find_object(Environment)
    if env is not None:
        from lmcli.core.config import defaults, unreadable

        ctx.obj = env.for_command()
        if ctx.invoked_subcommand == "config":
            return  # a broken settings file must not stand in the way of mending it
        ctx.default_map = defaults(env.variables, env.overrides)
        if ctx.default_map is None and (fault := unreadable(env.variables)):
            ctx.obj.output.warn_once(f"the settings are not read ({fault})")
        if isinstance(ctx.command, LazyGroup) and ctx.invoked_subcommand:
            ctx.command.check_settings(ctx, ctx.invoked_subcommand)
