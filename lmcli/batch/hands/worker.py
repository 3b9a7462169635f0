"""A worker process: reads tasks from stdin, answers blocks, tells how far it is. `python -m lmcli.batch.hands.worker`.

Messages are pickled tuples. It ends with the process that began it: when stdin ends, whatever it is doing.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import sys
import threading
from typing import IO, Any

from lmcli.frame.errors import LmcliError


def send(stream: IO[bytes], message: Any) -> None:
    """Write one message."""
    pickle.dump(message, stream)
    stream.flush()


def main() -> None:
    """Serve one job; ends when stdin does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process above says when to stop
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not come between the messages
    job = _heard()
    tasks: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(tasks,), daemon=True).start()
    from lmcli.batch.answering import Answerer, Failed
    from lmcli.frame.disk.faults import fault_of

    answerer = None
    while True:
        task = tasks.get()
        try:
            answerer = answerer or Answerer(job)
            block, pieces, poison = task
            done = answerer.answer(
                block,
                pieces,
                poison,
                lambda low, high, answered: send(out, ("at", low, high, answered)),
            )
        except Failed as error:
            send(out, ("failed", *error.piece, error.answered, str(error)))
        except LmcliError as error:
            send(out, ("refused", error.message, error.hint, int(error.exit_code)))
        except MemoryError:
            os._exit(1)  # as one that the kernel ends: the block is tried again in halves
        except Exception as error:
            known = fault_of(error, {})
            send(out, ("refused", known.message, known.hint, int(known.exit_code)))
        else:
            send(out, ("done", done))


def _heard() -> Any:
    """The next message; where stdin ended, or was cut in one, this process ends."""
    try:
        return pickle.load(sys.stdin.buffer)
    except Exception:
        os._exit(0)


def _listen(tasks: queue.SimpleQueue[Any]) -> None:
    while True:
        tasks.put(_heard())


if __name__ == "__main__":
    main()
