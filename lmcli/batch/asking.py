"""Asking a command of the tree about records: the rows are those that it would print, none is written again here.

The command is run as it is, on JSON lines, in an environment whose writer takes its outcomes.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage, Exit, LmcliError
from lmcli.frame.models import Model, Registry
from lmcli.frame.models.spec import SPEC
from lmcli.frame.output import Output
from lmcli.frame.printing.cells import fields_of
from lmcli.frame.records import Outcome, Records
from lmcli.frame.variables import of_process

VALUE = "record"  # the field of the JSON lines that a command is given
SORTED = {"embed", "search", "compare", "classify"}  # whole texts at once: like lengths together
MESSAGE = "chat"  # answers a message of `-m`, each a conversation of its own


@dataclass
class Answer:
    """The rows of a record, as fields, and what went wrong; the command's own order."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    error: str | None = None
    kind: type | None = None


class Broken(Exception):
    """A command that fell over after it had begun; `answered`: how many records it had answered."""

    def __init__(self, message: str, answered: int) -> None:
        super().__init__(message)
        self.answered = answered


class Refused(LmcliError):
    """A command that cannot begin: wrong options, no model. It would be so for every block."""

    def __init__(self, message: str, hint: str | None, code: int) -> None:
        super().__init__(message, hint)
        self.exit_code = Exit(code)


@dataclass
class Sheet:
    """What a command hands over: answers by line, how often each warning was said, the models it read."""

    answers: dict[int, Answer] = field(default_factory=dict)
    said: Counter[str] = field(default_factory=Counter)
    models: dict[str, str] = field(default_factory=dict)
    begun: bool = False
    tell: Callable[[int], None] = lambda _answered: None


class _Collector(Output):
    """A writer that keeps rows rather than print them."""

    def __init__(self, env: Environment, sheet: Sheet) -> None:
        super().__init__(env)
        self._sheet = sheet

    @property
    def format(self) -> str:
        """Rows, not text."""
        return "jsonl"

    def stream(
        self, outcomes: Iterable[Outcome], records: Records | None = None, **_drawing: Any
    ) -> None:
        """Take the outcomes, each by the line of its record."""
        sheet = self._sheet
        sheet.begun = True
        sheet.tell(0)
        for outcome in outcomes:
            answer, error = Answer(), outcome.error
            if error is None:
                try:
                    for row in outcome.rows:
                        answer.rows.append({**outcome.record.fields, **fields_of(row)})
                        answer.kind = type(row)
                except LmcliError as late:
                    error = late
            answer.error = str(error) if error else None
            sheet.said.update(outcome.warnings)
            sheet.answers[outcome.record.line or len(sheet.answers) + 1] = answer
            sheet.tell(len(sheet.answers))

    def rows(self, rows: Iterable[Any], **_drawing: Any) -> None:
        """Take the rows of a single record."""
        self._sheet.begun = True
        found = list(rows)
        kind = type(found[0]) if found else None
        self._sheet.answers[1] = Answer([fields_of(row) for row in found], None, kind)


class _Noting(Registry):
    """A registry that notes which models were looked up."""

    def __init__(self, registry: Registry, variables: Mapping[str, str], sheet: Sheet) -> None:
        super().__init__(variables, registry.defaults)
        self._sheet = sheet

    def find(self, name: str | None, task: str | None = None) -> Model:
        """As Registry.find."""
        model = super().find(name, task)
        self._sheet.models[model.name] = fingerprint(model)
        return model


def fingerprint(model: Model) -> str:
    """What tells a model from another of its name: a hash over model.toml, which holds those of the files."""
    found = hashlib.sha256((model.folder / SPEC).read_bytes())
    for file in model.files:
        path = model.folder / file.path
        found.update(str(path.stat().st_size if path.exists() else None).encode())
    return found.hexdigest()[:16]


@dataclass
class _Asked(Environment):
    """The environment of a command that is asked for rows."""

    sheet: Sheet = field(default_factory=Sheet)

    @cached_property
    def output(self) -> Output:
        """The writer that takes the rows."""
        return _Collector(self, self.sheet)

    @cached_property
    def models(self) -> Registry:
        """The models, noted as they are looked up."""
        from lmcli.frame.config import model_names

        registry = Registry(self.variables, model_names(self.variables, self.overrides))
        return _Noting(registry, self.variables, self.sheet)


class _Whole(io.BytesIO):
    """A stream that is ready as a whole."""

    def read1(self, _size: int | None = -1, /) -> bytes:
        """All that is left."""
        return self.read()


class Asker:
    """One command, ready to be asked again and again; its models stay loaded."""

    def __init__(self, words: Sequence[str]) -> None:
        """Raises BadUsage where the words name no command that takes records."""
        self.words = list(words)
        self.name, self._at, takes = _command(self.words)
        if not takes and self.name != MESSAGE:
            raise BadUsage(f"lmcli {self.name} takes no records", "lmcli batch --help lists which")
        self.sorts = self.words[0] in SORTED
        self.models: dict[str, str] = {}
        self.said: Counter[str] = Counter()
        self._env = _Asked(
            stdin=io.BytesIO(),
            stdout=io.StringIO(),
            stderr=io.StringIO(),
            variables=of_process(),
            lasting=True,
        )

    def ask(
        self, values: Sequence[str], tell: Callable[[int], None] = lambda _answered: None
    ) -> list[Answer]:
        """The answers to texts, in their order. `tell` hears how many are answered.

        Raises Refused where the command cannot begin, Broken where it falls over at some record.
        """
        if self.name == MESSAGE:
            return [self._message(value, tell) for value in values]
        order = list(range(len(values)))
        if self.sorts:
            order.sort(key=lambda index: len(values[index]))
        lines = (json.dumps({VALUE: values[index]}) for index in order)
        words = [*self.words[: self._at], "--jsonl", VALUE, *self.words[self._at :]]
        found = self._run(words, "\n".join(lines).encode(), len(values), tell)
        answers = [Answer()] * len(values)
        for line, index in enumerate(order, 1):
            answers[index] = found[line]
        return answers

    def _message(self, value: str, tell: Callable[[int], None]) -> Answer:
        """The answer to one message in a conversation of its own."""
        words = [*self.words[: self._at], "--message", value, *self.words[self._at :]]
        tell(0)
        try:
            return self._run(words, b"", 1, tell)[1]
        except Refused as error:
            if error.exit_code in (Exit.USAGE, Exit.MODEL) and value.strip():
                raise
            return Answer(error=str(error))

    def _run(
        self, words: list[str], stdin: bytes, count: int, tell: Callable[[int], None]
    ) -> dict[int, Answer]:
        import click

        from lmcli.cli import cli

        sheet = Sheet(tell=tell)
        err = io.StringIO()
        env = self._env.for_command(stdin=_Whole(stdin), stderr=err, sheet=sheet)
        try:
            with cli.make_context("lmcli", list(words), obj=env) as context:
                cli.invoke(context)
        except click.exceptions.Exit:
            pass
        except click.ClickException as error:
            raise Refused(error.format_message(), None, Exit.USAGE) from None
        except Exception as error:
            if len(sheet.answers) < count:
                raise _fault(error, sheet, env) from error
        finally:
            self.models.update(sheet.models)
            self.said.update(sheet.said)
            self.said.update(
                line.removeprefix("warning: ") for line in err.getvalue().splitlines() if line
            )
        if len(sheet.answers) != count or max(sheet.answers, default=0) != count:
            hint = "options that read all records as one do not go with batch"
            raise Refused(f"lmcli {self.name} answered {len(sheet.answers)} of {count}", hint, 2)
        return sheet.answers


def _fault(error: Exception, sheet: Sheet, env: Environment) -> Exception:
    """What an exception of a command means: nothing can begin, or a record is at fault."""
    from lmcli.frame.disk.faults import fault_of

    known = error if isinstance(error, LmcliError) else fault_of(error, env.variables)
    if not sheet.begun:
        return Refused(known.message, known.hint, known.exit_code)
    return Broken(str(known), len(sheet.answers))


def _command(words: Sequence[str]) -> tuple[str, int, bool]:
    """The full name of a command, how many of the words name it, and whether it reads JSON lines."""
    import click

    from lmcli.cli import cli
    from lmcli.frame.tree.lazy import DefaultGroup

    if not words:
        raise BadUsage("no command is named", "as in: lmcli batch embed --in texts.txt --out out")
    command: click.Command = cli
    context = click.Context(cli)
    at, names = 0, []
    while isinstance(command, click.Group):
        word = words[at] if at < len(words) else "--help"
        if isinstance(command, DefaultGroup) and word not in command.list_commands(context):
            word, at = command.default, at - 1
        try:
            _, found, _ = command.resolve_command(context, [word])
        except click.UsageError as error:
            raise BadUsage(error.format_message(), "lmcli --help lists the commands") from None
        assert found is not None
        command, at = found, at + 1
        names.append(word)
    takes = any("--jsonl" in param.opts for param in command.params)
    return " ".join(names), at, takes
