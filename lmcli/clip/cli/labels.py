"""What the commands about labels share: --labels and its like, and the vectors of what they name."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadUsage

if TYPE_CHECKING:
    from lmcli.clip.api import Clip
    from lmcli.clip.files.labelvectors import Reading
    from lmcli.vectors.vectorfile import Vectors

F = TypeVar("F", bound=Callable[..., Any])
FEW = 8  # labels that need no progress bar


@dataclass(frozen=True)
class LabelOptions:
    """What the options about labels say."""

    lists: tuple[str, ...] = ()
    single: tuple[str, ...] = ()
    file: Path | None = None
    set: str | None = None
    templates: tuple[str, ...] = ()

    def labels(self, env: Environment) -> list[str]:
        """Every label, once. Raises BadUsage where there is none."""
        from lmcli.clip.labels import distinct, read_labels, read_set, split_labels

        found = chain(
            chain.from_iterable(map(split_labels, self.lists)),
            self.single,
            read_labels(self.file) if self.file else (),
            read_set("sets", self.set) if self.set else (),
        )
        labels, again = distinct(found)
        if again:
            env.output.note(f"named twice, counted once: {', '.join(again[:5])}")
        if not labels:
            raise BadUsage(
                "there are no labels",
                'name some: --labels "a dog,a cat", --labels-file FILE or --set imagenet',
            )
        return labels


def label_options(function: F) -> F:
    """--labels, --label, --labels-file, --set and --template, as one LabelOptions called `labels`."""

    @functools.wraps(function)
    def gathered(*args: Any, **kwargs: Any) -> Any:
        names = ("lists", "single", "file", "set", "templates")
        values = {name: kwargs.pop(f"labels_{name}") for name in names}
        return function(*args, labels=LabelOptions(**values), **kwargs)

    wrapped: Any = gathered
    for option in reversed(_LABEL_OPTIONS):
        wrapped = option(wrapped)
    return cast(F, wrapped)


_LABEL_OPTIONS = (
    click.option(
        "--labels",
        "labels_lists",
        multiple=True,
        metavar="A,B,...",
        help="Labels with commas between them; '\"red, white and blue\",a dog' quotes one.",
    ),
    click.option(
        "-l",
        "--label",
        "labels_single",
        multiple=True,
        metavar="LABEL",
        help="One label as it is; again for further ones.",
    ),
    click.option(
        "--labels-file",
        "labels_file",
        metavar="FILE",
        type=click.Path(path_type=Path, dir_okay=False),
        help="A label a line; lines that start with # are left out.",
    ),
    click.option(
        "--set",
        "labels_set",
        metavar="NAME",
        help="Labels that come with lmcli: imagenet, cifar10, ... (lmcli clip sets).",
    ),
    click.option(
        "--template",
        "labels_templates",
        multiple=True,
        type=options.Escaped(),
        metavar="TEXT|NAME",
        help="A prompt with {} for the label, or a named set; several are averaged. [the model's own]",
    ),
)


def vectors_of_labels(
    env: Environment, clip: Clip, labels: Sequence[str], templates: Sequence[str] = ()
) -> Callable[[], Vectors]:
    """Begin to get the vectors (n, d) of labels, and tell of translations; what is returned waits for them.

    Where one is not in the cache, the text tower is opened beside what goes on.
    """
    known, read = clip.labels(labels, templates)
    tell_of_translations(env, read)

    def vectors() -> Vectors:
        missing = len(known.missing(read))
        if missing <= FEW:
            return known.vectors(read)
        with env.output.progress("reading labels", total=missing) as advance:
            return known.vectors(read, advance)

    return vectors


def tell_of_translations(env: Environment, read: Iterable[Reading]) -> None:
    """Say on stderr, whoever reads it, what the model reads for labels that it does not know as they are."""
    told = [f"{one.label} as {' / '.join(one.texts)}" for one in read if one.translated]
    if told and not env.settings.quiet:
        env.output.report(f"the model reads English: {', '.join(told)}")
