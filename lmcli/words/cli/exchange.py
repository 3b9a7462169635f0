"""The commands that exchange word vectors with other programs: words import, export."""

from __future__ import annotations

from pathlib import Path

import click

from lmcli.frame import options
from lmcli.frame.environment import Environment
from lmcli.frame.errors import BadInput, BadUsage, PartialFailure
from lmcli.words.choice import Choice

MESSAGES = 20  # malformed lines named before the rest are only counted


@click.command(
    "import",
    epilog="Fields: name, folder, format, words, dimensions, malformed, repeated.\n\n"
    "Example:  lmcli words import vectors.txt.gz --name mine",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--name", help="The model's name [the file's].")
@click.option("--out", type=click.Path(path_type=Path), help="The folder [the user's models].")
@click.option("--int8", is_flag=True, help="Store a quarter of the bytes, one scale a row.")
@click.option("--limit", type=click.IntRange(min=1), help="Take the first words only.")
@click.option("--force", is_flag=True, help="Replace a model of that name.")
@options.common()
@click.pass_obj
def import_(
    env: Environment,
    file: Path,
    name: str | None,
    out: Path | None,
    int8: bool,
    limit: int | None,
    force: bool,
) -> None:
    """Make a model of a vectors file.

    Reads GloVe text, word2vec text and binary, fastText .vec, and each of them packed with gzip, bzip2 or
    xz. The rows decide what it is: most of them give the dimensions. Malformed lines are named by number
    and left out (exit code 5); of a repeated word the first line counts. Words are composed (NFC). Pickles
    are refused.
    """
    from lmcli.frame.disk.lock import locked
    from lmcli.frame.disk.whole import install
    from lmcli.words.files.exchange import import_file

    name = name or file.name.split(".")[0]
    target = out or env.models.place(name)
    faults = 0

    def complain(line: int | None, error: BadInput) -> None:
        nonlocal faults
        faults += 1
        if faults <= MESSAGES:
            env.output.error(error, line)
        elif faults == MESSAGES + 1:
            env.output.warn("more malformed lines follow; they are counted, not named")

    with (
        locked(target, env.output.note),
        install(target, force=force) as folder,
        env.output.progress("words") as advance,
    ):
        made = import_file(
            file,
            folder,
            name,
            int8=int8,
            limit=limit,
            complain=complain,
            say=env.output.warn,
            advance=advance,
        )
    env.output.rows([{**made, "folder": str(target)}])
    if faults:
        raise PartialFailure(faults, faults + made["words"])


@click.command(epilog="Example:  lmcli words export --to word2vec -o vectors.txt.gz --limit 1000")
@click.option(
    "--to",
    "form",
    type=click.Choice(("glove", "word2vec", "binary")),
    default="word2vec",
    show_default=True,
    help="The file's format.",
)
@click.option(
    "-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="The file [stdout]."
)
@click.option("--limit", type=click.IntRange(min=1), help="Write the most frequent words only.")
@options.common("model")
@click.pass_obj
def export(
    env: Environment, form: str, out: Path | None, limit: int | None, model: str | None
) -> None:
    """Write a model as a vectors file.

    A name that ends in .gz is compressed. Without -o the file goes to stdout. A word that the format could
    not give back, as one with a blank in a binary file, is named and nothing is written.
    """
    vectors = Choice(env, model).of(()).stored
    from lmcli.words.files.formats import check_words, write_file

    rows = min(limit or len(vectors), len(vectors))
    if out is None:
        if env.stdout_isatty and form == "binary":
            raise BadUsage("binary vectors would garble the terminal", "name a file with -o")
        check_words(vectors, form, rows)
        with env.listing():
            write_file(vectors, env.output.binary(), form, rows, lambda _rows: None)
            env.output.flush()
        return
    check_words(vectors, form, rows)
    from lmcli.frame.disk.whole import new_file

    with env.output.progress("words", rows) as advance, new_file(out) as stream:
        write_file(vectors, stream, form, rows, advance)
