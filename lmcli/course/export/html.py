"""A lesson as one HTML file that needs nothing else: no script, no font, no address outside it."""

from __future__ import annotations

import re
from html import escape

from lmcli.course.export.recorded import Recorded, parts
from lmcli.course.player import answer_text
from lmcli.course.view.words import words

_STYLE = """
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; line-height: 1.6; color: #1a1a1a; background: #fff;
  font-family: system-ui, "Noto Sans CJK SC", "Microsoft YaHei", sans-serif }
pre { background: #f4f4f2; padding: .8rem; overflow-x: auto; line-height: 1.35;
  font-family: ui-monospace, "Noto Sans Mono CJK SC", monospace; font-size: .85rem }
code { background: #f4f4f2; padding: 0 .2em } h1, h2 { line-height: 1.25 } svg { max-width: 100%; height: auto }
.about, .place { color: #666 } .guess { border-left: 4px solid #c80; padding-left: .8rem }
.answer { border-left: 4px solid #282; padding-left: .8rem }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #181818 } pre, code { background: #262626 }
  .about, .place { color: #999 } svg { background: #fff } }
"""


def html(lesson: Recorded) -> str:
    """The text of an HTML file."""
    one = lesson.lesson
    said = words(one.language)
    body = [f"<h1>{escape(one.title)}</h1>", f'<p class="about">{escape(one.about)}</p>']
    for shown in lesson.steps:
        step = shown.step
        body += [f"<h2>{escape(step.title)}</h2>", _paragraphs(step.text)]
        if step.guess:
            body.append(
                f'<p class="guess">{_marked(said["guess"].format(question=step.guess.question))}</p>'
            )
        if step.command:
            body.append(_console(step.command, shown.output))
        body += [_drawn(figure) for figure in shown.figures]
        if step.attempt:
            body.append(f"<p>{_marked(said['try'].format(command=f'`lmcli {step.attempt}`'))}</p>")
    for number, solved in enumerate(lesson.exercises, 1):
        exercise = solved.exercise
        place = said["exercise"].format(number=number, count=len(lesson.exercises))
        body.append(f'<h2>{escape(exercise.title)} <span class="place">{escape(place)}</span></h2>')
        body.append(_paragraphs(exercise.question))
        if exercise.choices:
            body.append(
                "<ol>" + "".join(f"<li>{_marked(c)}</li>" for c in exercise.choices) + "</ol>"
            )
        if lesson.answers:
            text = said["answer_is"].format(answer=answer_text(exercise))
            body.append(f'<p class="answer">{_marked(text)}</p>')
            if exercise.solution:
                body.append(_console(exercise.solution, solved.output))
    if one.readings:
        items = "".join(f"<li>{_marked(reading)}</li>" for reading in one.readings)
        body.append(f"<h2>{escape(said['readings'])}</h2><ul>{items}</ul>")
    head = f'<meta charset="utf-8"><title>{escape(one.title)}</title><style>{_STYLE}</style>'
    start = f'<!doctype html>\n<html lang="{one.language}"><head>{head}</head><body>'
    return "\n".join([start, *body, "</body></html>\n"])


def _paragraphs(text: str) -> str:
    found = []
    for kind, piece in parts(text):
        inside = escape(piece) if kind == "code" else _marked(piece)
        found.append(
            {
                "text": f"<p>{inside}</p>",
                "item": f"<li>{inside}</li>",
                "code": f"<pre>{inside}</pre>",
            }[kind]
        )
    joined = "\n".join(found)
    return re.sub(r"((?:<li>.*</li>\n?)+)", r"<ul>\1</ul>", joined)


def _marked(text: str) -> str:
    safe = escape(text, quote=False)
    safe = re.sub(r"`([^`]+)`", r"<code>\1</code>", safe)
    return re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", safe)


def _console(command: str, output: str) -> str:
    return f"<pre><strong>$ lmcli {escape(command, quote=False)}</strong>\n{escape(output, quote=False)}</pre>"


def _drawn(figure: str) -> str:
    """A figure's svg without what stands before its first tag."""
    return figure[figure.index("<svg") :]
