"""The report of a run: report.json, and report.html with a curve of its throughput."""

from __future__ import annotations

import html
from pathlib import Path

from lmcli.batch.running import Engine, Run, summary
from lmcli.draw.chart import Chart, Series
from lmcli.draw.svg import svg
from lmcli.frame.disk.whole import write_text
from lmcli.frame.locale import said
from lmcli.frame.printing.cells import cell, to_json


def write_report(run: Run, engine: Engine) -> None:
    """Write both files into the run's folder."""
    figures = summary(run, engine)
    out = Path(run.job.out)
    write_text(out / "report.json", to_json(figures) + "\n")
    times = figures.pop("times")
    before = [(0.0, 0), *times]
    rates = [
        (now[1] - then[1]) / max(now[0] - then[0], 1e-9)
        for then, now in zip(before, times, strict=False)
    ]
    line = Series(said("records/s"), [moment for moment, _ in times], rates)
    chart = Chart(
        [line], title=said("Records a second"), across=said("seconds"), upwards=said("records/s")
    )
    rows = "".join(
        f"<tr><th>{html.escape(said(name))}</th><td>{html.escape(cell(value))}</td></tr>"
        for name, value in figures.items()
    )
    page = f"<!doctype html><meta charset=utf-8><title>lmcli batch</title>{svg(chart.figure())}<table>{rows}</table>"
    write_text(out / "report.html", page + "\n")
