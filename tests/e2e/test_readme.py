"""Every example of the READMEs runs on a real terminal and prints what the README says.

In a ```console block, a line that starts with `$ ` is typed; the lines after it are what must be printed (`...` stands
for anything). Where nothing follows, only the success of the command is checked.
"""

import re
import shutil

import pytest

from tests.conftest import ROOT, on_terminal

pytestmark = pytest.mark.usefixtures("with_smollm2")

BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
STATUS = "exit status of the line: "


def examples():
    """(README, line typed, what must be printed) of each example."""
    for readme in ("README.md", "README.zh.md"):
        yield from _examples(readme)


def _examples(readme):
    for block in BLOCK.findall((ROOT / readme).read_text(encoding="utf-8")):
        for example in re.split(r"(?m)^\$ ", block)[1:]:
            line, _, output = example.partition("\n")
            yield pytest.param(readme, line, output.rstrip(), id=f"{readme}: {line}")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """For each README a folder with the files that it speaks of, and models of its own."""
    places = {}
    for readme in ("README.md", "README.zh.md"):
        places[readme] = tmp_path_factory.mktemp("readme") / "examples"
        shutil.copytree(ROOT / "tests" / "examples", places[readme])
    return places


@pytest.mark.parametrize(("readme", "line", "expected"), list(examples()))
def test_readme(folders, readme, line, expected):
    folder = folders[readme]
    data = {"LMCLI_DATA": str(folder.parent / "data"), "LMCLI_CONFIG": str(folder.parent / "none")}
    printed = on_terminal(f'{line}\necho "{STATUS}$?"', folder, **data)
    output, _, status = printed.rpartition(STATUS)
    assert status.strip() == "0", output
    if expected:
        assert re.fullmatch(pattern(expected), tidy(output)), output


def tidy(text):
    """Lines without trailing blanks, without empty lines around."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")


def pattern(expected):
    """`...` in the README matches anything."""
    return "(?s)" + ".*?".join(map(re.escape, tidy(expected).split("...")))
