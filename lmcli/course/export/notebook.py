"""A lesson as a Jupyter notebook (nbformat 4.5): commands as cells that run, with this run's outputs."""

from __future__ import annotations

import json
from typing import Any

from lmcli.course.export.markdown import cells
from lmcli.course.export.recorded import Recorded


def notebook(lesson: Recorded) -> str:
    """The text of an .ipynb file."""
    made = [_cell(number, kind, text) for number, (kind, text) in enumerate(cells(lesson))]
    language = {"name": "python", "display_name": "Python 3", "language": "python"}
    book = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": language}, "cells": made}
    return json.dumps(book, ensure_ascii=False, indent=1) + "\n"


def _cell(number: int, kind: str, text: str) -> dict[str, Any]:
    own = {"id": f"cell-{number}", "metadata": {}}
    if kind == "text":
        return {**own, "cell_type": "markdown", "source": text}
    lines = text.splitlines()[1:-1]  # without the fence
    output = {"output_type": "stream", "name": "stdout", "text": "\n".join(lines[1:]) + "\n"}
    source = "!" + lines[0].removeprefix("$ ")
    return {
        **own,
        "cell_type": "code",
        "execution_count": None,
        "source": source,
        "outputs": [output],
    }
