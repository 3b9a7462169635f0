"""One warm process for another program: a JSON line in, a JSON line out, in order."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lmcli.frame.disk.faults import fault_of
from lmcli.frame.errors import BadInput, Exit, LmcliError
from lmcli.frame.printing.cells import to_json
from lmcli.frame.text.lines import Line, lines_ready
from lmcli.repl.language.values import Row
from lmcli.repl.running import held_text, run_command, text_of
from lmcli.repl.session import Session


def serve(session: Session) -> tuple[int, int]:
    """Answer the requests of stdin until it ends; return how many failed, and of how many.

    A request is {"command": "similar", "args": ["king"]}, with "id" and "stdin" as you like. The answer is
    {"id", "code", "rows", "seconds"}, with "text" where the command printed text, "error" what it said.
    """
    failed = total = 0
    for lines in lines_ready(session.env.stdin):
        for line in lines:
            if isinstance(line, BadInput) or line.strip():
                answer = _answer(session, line)
                total += 1
                failed += answer["code"] != Exit.OK
                session.env.output.text(to_json(answer))
    return failed, total


def _answer(session: Session, line: Line) -> dict[str, Any]:
    start = time.perf_counter()
    request: Any = None
    try:
        if isinstance(line, BadInput):
            raise line
        request = json.loads(line)
        words, stdin = _words(request)
        answer = _run(session, words, stdin)
    except (ValueError, RecursionError) as error:
        answer = {"code": int(Exit.USAGE), "rows": [], "error": f"not a request: {error}"}
    except LmcliError as error:
        answer = {"code": int(error.exit_code), "rows": [], "error": str(error)}
    except (BrokenPipeError, KeyboardInterrupt):
        raise
    except Exception as error:
        fault = fault_of(error, session.env.variables)
        answer = {"code": int(fault.exit_code), "rows": [], "error": str(fault)}
    name = request.get("id") if isinstance(request, dict) else None
    return {"id": name, **answer, "seconds": round(time.perf_counter() - start, 6)}


def _words(request: Any) -> tuple[list[str], bytes]:
    """The command's words and its stdin. Raises ValueError for what is no request."""
    if not isinstance(request, Mapping) or not isinstance(request.get("command"), str):
        raise ValueError('it needs {"command": NAME, "args": [WORD, ...]}')
    args, stdin = request.get("args", []), request.get("stdin", "")
    if not isinstance(args, Sequence) or isinstance(args, str) or not isinstance(stdin, str):
        raise ValueError("args is a list of words, stdin a text")
    if any(not isinstance(word, (str, int, float)) or isinstance(word, bool) for word in args):
        raise ValueError("args are texts or numbers")
    return [*request["command"].split(), *map(str, args)], stdin.encode()


def _run(session: Session, words: list[str], stdin: bytes) -> dict[str, Any]:
    said = held_text()
    env = replace(session.env, stderr=said, stderr_isatty=False)
    with session.charging():
        result = run_command(words, env, io.BytesIO(stdin), hold=True)
    rows: list[Row] = result.rows
    answer: dict[str, Any] = {"code": int(result.code), "rows": [row.fields for row in rows]}
    if result.text:
        answer["text"] = result.text
    if error := text_of(said).strip():
        answer["error"] = error.removeprefix("error: ")
    return answer
