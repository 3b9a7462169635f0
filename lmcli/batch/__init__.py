"""One command over the records of many files, and its doors for Python.

from lmcli import batch

batch.run(["embed"], ["data/*.parquet"], "out", field="text")       # as lmcli batch embed; returns the counts
dataset.map_batches(batch.Actor, fn_constructor_args=(["embed"], "text"), batch_format="pyarrow",
                    compute=ray.data.ActorPoolStrategy(size=2))
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def run(
    words: Sequence[str],
    places: Sequence[str],
    out: str,
    *,
    resume: bool = False,
    workers: int | None = None,
    **job: Any,
) -> dict[str, Any]:
    """Run a command over the records of files with processes of this machine; what --report writes, as a dict.

    job: field, form, keep, drop, vectors, timeout. Raises LmcliError as the command; records that fail stand in
    errors.jsonl.
    """
    from lmcli.batch.hands.local import Local
    from lmcli.batch.running import Choice, Run, summary

    planned = Run.of(words, places, out, Choice(), **job)
    engine = Local(planned.job, workers)
    planned.go(engine, resume, lambda _tally: None)
    return summary(planned, engine)


class Actor:
    """A command for `map_batches` of a Ray Data pipeline with batch_format="pyarrow"; its models stay loaded.

    The rows of the command stand beside all columns of their records. A record that fails keeps one row, whose column
    `error` says why; that of the others is null.
    """

    def __init__(self, words: Sequence[str], field: str) -> None:
        from lmcli.batch.asking import Asker

        self.asker, self.field = Asker(words), field

    def __call__(self, table: Any) -> Any:
        """The table of a batch's rows."""
        import pyarrow

        from lmcli.batch.asking import Answer
        from lmcli.batch.files.texts import item_of

        items = [item_of({self.field: v}, self.field) for v in table.column(self.field).to_pylist()]
        found = iter(self.asker.ask([item.value for item in items if item.error is None]))
        answers = [Answer(error=item.error) if item.error else next(found) for item in items]
        rows: list[dict[str, Any]] = []
        for before, answer in zip(table.to_pylist(), answers, strict=True):
            own = answer.rows or [{}]
            rows.extend({**before, **row, "error": answer.error} for row in own)
        names = dict.fromkeys(name for row in rows for name in row)
        return pyarrow.table({name: [row.get(name) for row in rows] for name in names})
