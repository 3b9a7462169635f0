"""Every example of the READMEs and of docs/ runs on a real terminal and prints what stands there.

In a ```console block, a line that starts with `$ ` is typed; the lines after it are what must be printed (`...` stands
for anything: the digits of neural models differ from processor to processor). Where nothing follows, only the success
of the command is checked. The examples of one document share a folder and its models.
"""

import re
import shutil

import pytest

from tests.conftest import ROOT, on_terminal

pytestmark = pytest.mark.usefixtures("with_smollm2")

BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
STATUS = "exit status of the line: "
DOCUMENTS = sorted(
    str(path.relative_to(ROOT)) for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
)


def examples():
    """(document, line typed, what must be printed) of each example."""
    for document in DOCUMENTS:
        for block in BLOCK.findall((ROOT / document).read_text(encoding="utf-8")):
            for example in re.split(r"(?m)^\$ ", block)[1:]:
                line, _, output = example.partition("\n")
                marks = pytest.mark.slow if broad(document, line) else ()
                name = f"{document}: {line}"
                yield pytest.param(document, line, output.rstrip(), id=name, marks=marks)


def broad(document, line):
    """Whether .ci/run alone runs an example: the commands of docs/zh are those of docs."""
    return document.startswith("docs/zh/") or line.startswith("lmcli demo ")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """For each document a folder with the files that it speaks of, and models of its own."""
    places = {}
    for document in DOCUMENTS:
        places[document] = tmp_path_factory.mktemp("document") / "examples"
        shutil.copytree(ROOT / "tests" / "examples", places[document])
    return places


@pytest.mark.parametrize(("document", "line", "expected"), list(examples()))
def test_example(folders, document, line, expected):
    folder = folders[document]
    data = {"LMCLI_DATA": str(folder.parent / "data"), "LMCLI_CONFIG": str(folder.parent / "none")}
    if document == "README.zh.md" or document.startswith("docs/zh/"):
        data["LMCLI_LANG"] = "zh"
    printed = on_terminal(f'{line}\necho "{STATUS}$?"', folder, **data)
    output, _, status = printed.rpartition(STATUS)
    assert status.strip() == "0", output
    if expected:
        assert re.fullmatch(pattern(expected), tidy(output)), output


def tidy(text):
    """Lines without trailing blanks, without empty lines around."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")


def pattern(expected):
    """`...` in a document matches anything."""
    return "(?s)" + ".*?".join(map(re.escape, tidy(expected).split("...")))
