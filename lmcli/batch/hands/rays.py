"""The engine of Ray: Ray Data hands blocks to actors, and begins them anew where a node dies.

Each actor keeps a worker process, as on one machine, so that a record that crashes it costs no actor. A part is named
by its block and renamed when it is whole: a block that is answered twice is one part. All nodes see the inputs, the
models and the out folder under the same paths.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from lmcli.batch.hands.hand import Hand, Home
from lmcli.batch.job import Block, Done, Job
from lmcli.frame.errors import LmcliError, MissingExtra
from lmcli.frame.variables import of_process
from lmcli.nn.cpu import allowed_cores

BEGIN = "ray start --head begins a cluster"
STORE = 200_000_000  # bytes of the object store of a Ray of one's own: tasks and what became of them are small


class _Actor:
    """What runs on a node: one worker process."""

    def __init__(self, job: Job, cpus: int, home: Home) -> None:
        self.hand = Hand(job, cpus, home)

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[Any]]:
        """Answer blocks; an error of lmcli comes back as one, for Ray would try it again."""
        found: list[Any] = []
        for block in batch["block"]:
            try:
                found.append(self.hand.answer(_unpacked(block)))
            except LmcliError as error:
                found.append((error.message, error.hint, int(error.exit_code)))
        return {"done": [_packed(one) for one in found]}


def _packed(value: Any) -> bytes:
    import pickle

    return pickle.dumps(value)


def _unpacked(data: bytes) -> Any:
    import pickle

    return pickle.loads(data)


def _ray() -> Any:
    """The package ray with its data part. Raises MissingExtra where it is not installed."""
    try:
        import_module("ray.data")
        return import_module("ray")
    except ImportError:
        raise MissingExtra("ray[data]", "ray") from None


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep off stderr what Ray's own code in C++ writes there whatever its log level."""
    before, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)
        os.close(nowhere)


def _reach(address: str | None) -> None:
    """Raise LmcliError where nobody listens at HOST:PORT; Ray itself would try for minutes."""
    host, _, port = (address or "").rpartition(":")
    if port.isdigit() and "://" not in host:
        try:
            socket.create_connection((host, int(port)), 5).close()
        except OSError as error:
            raise LmcliError(f"no cluster at {address}: {error.strerror or error}", BEGIN) from None


class Rays:
    """The engine. workers: how many actors (None: one a core); address: a cluster, auto; None: one of its own."""

    def __init__(
        self, job: Job, workers: int | None, address: str | None, cpus: int = 1, gpus: float = 0
    ) -> None:
        """Raises MissingExtra where Ray is not installed, LmcliError where the cluster is not reached."""
        of_process().setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # errors come as exceptions
        self.ray = ray = _ray()
        logging.getLogger("ray.data").setLevel(logging.ERROR)
        self.job, self.cpus, self.gpus = job, cpus, gpus
        self._own = not ray.is_initialized()
        if self._own:
            _reach(address)
            own = {} if address else {"include_dashboard": False, "object_store_memory": STORE}
            try:
                with _quiet():
                    ray.init(
                        address=address, log_to_driver=False, logging_level=logging.ERROR, **own
                    )
            except (ConnectionError, ValueError, RuntimeError) as error:
                raise LmcliError(f"no cluster at {address}: {error}", BEGIN) from None
        cores = int(ray.cluster_resources().get("CPU", allowed_cores()))
        self.workers = workers or max(1, cores // cpus)

    def answer(self, blocks: Sequence[Block]) -> Iterator[Done]:
        """What became of each block, as they are done."""
        from lmcli.batch.asking import Refused

        ray = self.ray
        if not blocks:
            return
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        context.actor_task_retry_on_errors = False
        resources: dict[str, Any] = {"num_cpus": self.cpus}
        if self.gpus:
            resources["num_gpus"] = self.gpus
        rows = [{"block": _packed(block)} for block in blocks]
        data = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
            _Actor,
            fn_constructor_args=(self.job, self.cpus, Home.here()),
            batch_size=1,
            compute=ray.data.ActorPoolStrategy(size=min(self.workers, len(blocks))),
            **resources,
        )
        for row in data.iter_rows():
            news = _unpacked(row["done"])
            if not isinstance(news, Done):
                raise Refused(*news)
            yield news

    def close(self) -> None:
        """Leave the cluster."""
        if self._own and self.ray.is_initialized():
            self.ray.shutdown()
