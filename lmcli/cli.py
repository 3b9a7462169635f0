"""The command tree: a table of names, where each is found, and one line of help. Help imports nothing else."""

from __future__ import annotations

from dataclasses import replace

import click

import lmcli
from lmcli.frame.environment import Environment
from lmcli.frame.locale import LANGUAGES, VARIABLE, speak
from lmcli.frame.tree import plugins
from lmcli.frame.tree.lazy import HELP, LazyGroup, Sections

# section -> command -> (import path, one-line help); a test keeps the help equal to the command's own
SECTIONS: Sections = {
    "Rules": {
        "expert": (
            "lmcli.expert.cli.group:expert",
            "Consult rule bases: infer, explain, chat; write your own.",
        ),
    },
    "Mazes": {
        "maze": ("lmcli.maze.cli.group:maze", "Learn to cross mazes: Q-learning and its kin."),
    },
    "Neural networks": {
        "mlp": ("lmcli.mlp.cli.command:mlp", "Watch neurons learn by back-propagation."),
    },
    "Word vectors": {
        "analogy": ("lmcli.words.cli.query:analogy", "Solve A - B + C with word vectors."),
        "similar": ("lmcli.words.cli.query:similar", "List the nearest neighbours of each word."),
        "similarity": ("lmcli.words.cli.query:similarity", "Compare two words by cosine."),
        "odd": ("lmcli.words.cli.query:odd", "Name the word that does not belong."),
        "words": (
            "lmcli.words.cli.group:words",
            "Inspect, evaluate, plot, convert and train vectors.",
        ),
    },
    "Graphs": {
        "graph": (
            "lmcli.graph.cli.group:graph",
            "Walk graphs at random: node vectors, links, groups, recommendations.",
        ),
    },
    "Sentences": {
        "embed": ("lmcli.sentences.cli.commands:embed", "Turn texts into vectors."),
        "compare": (
            "lmcli.sentences.cli.commands:compare",
            "Compare two texts by the cosine of their vectors.",
        ),
        "search": (
            "lmcli.sentences.cli.search:search",
            "Search files by meaning, paragraph by paragraph.",
        ),
        "ask": (
            "lmcli.ask.cli.command:ask",
            "Answer questions from texts, with marks of where it stands.",
        ),
    },
    "Attention": {
        "attention": (
            "lmcli.attention.cli.group:attention",
            "Show what the tokens of a text look at, and how attention works.",
        ),
        "tokenize": ("lmcli.attention.cli.tokenize:tokenize", "Cut texts into a model's tokens."),
    },
    "GPT": {
        "complete": ("lmcli.gpt.cli.complete:complete", "Continue a text with a language model."),
        "chat": ("lmcli.gpt.cli.chat:chat", "Talk with a language model."),
        "next": (
            "lmcli.gpt.cli.scoring:next_",
            "Show which tokens can come next, and how likely each is.",
        ),
        "score": (
            "lmcli.gpt.cli.scoring:score",
            "Show how likely each token of a text is, and its perplexity.",
        ),
        "prompt": ("lmcli.gpt.cli.prompt:prompt", "Try prompting strategies on small tasks."),
    },
    "Masked words": {
        "fill": (
            "lmcli.fill.cli.group:fill",
            "Fill masked words, and see how models are trained on them.",
        ),
        "nsp": (
            "lmcli.fill.cli.nsp:nsp",
            "Judge whether one sentence is the next after another.",
        ),
        "pretrain": (
            "lmcli.pretrain.cli.group:pretrain",
            "Train a language model from nothing, and see how it learns.",
        ),
    },
    "Translation": {
        "translate": (
            "lmcli.translate.cli.group:translate",
            "Translate with a whole transformer, and see how it does it.",
        ),
    },
    "Learning from labels": {
        "classify": (
            "lmcli.classify.cli.group:classify",
            "Label texts, and see why; train, evaluate and compare classifiers.",
        ),
    },
    "CLIP": {
        "clip": (
            "lmcli.clip.cli.group:clip",
            "Classify and find pictures by words, with no training.",
        ),
    },
    "Digits": {
        "digits": (
            "lmcli.digits.cli.group:digits",
            "Read handwritten digits, and see how a network does it.",
        ),
    },
    "Course": {
        "course": (
            "lmcli.course.cli.group:course",
            "Take the course: lessons that run the real commands.",
        ),
        "demo": (
            "lmcli.course.cli.demo:demo",
            "See all systems at work in three minutes, without a key.",
        ),
        "glossary": (
            "lmcli.course.cli.facts:glossary",
            "Explain the terms of the course, in English or Chinese.",
        ),
    },
    "Session": {
        "repl": (
            "lmcli.repl.cli.commands:repl",
            "Open the interactive session, with models that stay loaded.",
        ),
        "run": (
            "lmcli.repl.cli.commands:run",
            "Run a script of REPL lines, or serve another program.",
        ),
        "batch": (
            "lmcli.batch.cli.group:batch",
            "Run a command over the records of many files.",
        ),
        "config": ("lmcli.repl.cli.config:config", "Show and edit the settings file."),
    },
    "Models and machine": {
        "models": (
            "lmcli.store.cli.models:models",
            "Pull, list, check, measure and build models.",
        ),
        "doctor": ("lmcli.course.cli.doctor:doctor", "Report what works here and what does not."),
        "completion": ("lmcli.store.cli.machine:completion", "Print the shell completion script."),
    },
}


# the help's headings, in the course's order: the sections below each
HEADINGS: dict[str, tuple[str, ...]] = {
    "Rules, mazes, networks": (
        "Rules",
        "Mazes",
        "Neural networks",
        "Digits",
        "Learning from labels",
    ),
    "Words and sentences": ("Word vectors", "Sentences"),
    "Attention and language models": (
        "Attention",
        "Translation",
        "Masked words",
        "GPT",
    ),
    "Pictures and graphs": ("CLIP", "Graphs"),
    "Course, session, machine": ("Course", "Session", "Models and machine"),
}


def _pull(env: Environment, name: str) -> None:
    """Bring a model here; the store is imported only where one is missing."""
    from lmcli.store.arrival import pull_missing

    pull_missing(env, name)


def _speak(ctx: click.Context, _param: click.Parameter, language: str | None) -> None:
    """Speak the language that --lang names, here and in what the command starts."""
    env = ctx.find_object(Environment)
    if language and env is not None:
        speak(language)
        ctx.obj = replace(env, variables={**env.variables, VARIABLE: language})


def _enlarge(ctx: click.Context, _param: click.Parameter, big: bool) -> None:
    """Print for a projector, here and in what the command starts."""
    env = ctx.find_object(Environment)
    if big and env is not None:
        ctx.obj = replace(env, variables={**env.variables, "LMCLI_BIG": "1"})


@click.group(
    cls=LazyGroup,
    table=SECTIONS,
    headings=HEADINGS,
    others=plugins.commands,
    context_settings=HELP,
)
@click.version_option(lmcli.__version__, prog_name="lmcli")
@click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    is_eager=True,
    expose_value=False,
    callback=_speak,
    help="Of help and messages [by LMCLI_LANG, else the locale].",
)
@click.option(
    "--big",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_enlarge,
    help="For a projector: large letters and cells [by LMCLI_BIG].",
)
@click.pass_context
def cli(ctx: click.Context) -> None:
    """The systems of an introductory AI course, from rules to CLIP.

    \b
    Try first:  lmcli course                     the lessons
                lmcli analogy king man woman     one answer
                lmcli                            the session, on a terminal
    """
    env = ctx.find_object(Environment)
    if env is not None:
        from lmcli.frame.config import defaults, unreadable

        ctx.obj = env.for_command(pull=_pull)
        if ctx.invoked_subcommand == "config":
            return  # a broken settings file must not stand in the way of mending it
        ctx.default_map = defaults(env.variables, env.overrides)
        if ctx.default_map is None and (fault := unreadable(env.variables)):
            ctx.obj.output.warn_once(f"the settings are not read ({fault})")
        if isinstance(ctx.command, LazyGroup) and ctx.invoked_subcommand:
            ctx.command.check_settings(ctx, ctx.invoked_subcommand)
