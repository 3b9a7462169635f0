"""The commands as a user calls them."""

import json
import xml.etree.ElementTree as ElementTree

import pytest

from tests.conftest import ROOT, on_terminal

EXAMPLES = ROOT / "tests" / "examples"


def test_the_courses_example_and_its_trace(lmcli):
    result = lmcli("expert", "infer", "animals-zh", "有毛发", "有蹄", "黑条纹")
    assert (result.code, result.out) == (0, "斑马\n")
    trace = lmcli("expert", "infer", "animals-zh", "有毛发", "有蹄", "黑条纹", "--trace")
    assert trace.table == [
        ["1", "哺乳动物", "规则1", "有毛发"],
        ["2", "有蹄类", "规则5", "哺乳动物, 有蹄"],
        ["3", "斑马", "规则10", "有蹄类, 黑条纹"],
    ]


def test_the_json_row_of_infer(lmcli):
    result = lmcli(
        "expert", "infer", "animals", "has hair", "has hooves", "black stripes", "-f", "jsonl"
    )
    because = ["ungulate", "black stripes"]
    assert json.loads(result.out) == {
        "facts": ["has hair", "has hooves", "black stripes"],
        "conclusions": [{"fact": "zebra", "certainty": 1.0, "rule": "rule 10", "because": because}],
        "derived": ["mammal", "ungulate", "zebra"],
    }


def test_sets_from_stdin_one_a_line(lmcli):
    lines = (
        "has hair, has hooves, black stripes\n\nhas hiar\nhas feathers; pink；long legs、flies\n"
    )
    result = lmcli("expert", "infer", "animals", stdin=lines)
    assert result.code == 5
    assert result.table == [
        ["has hair, has hooves, black stripes", "zebra"],
        ["has feathers, pink, long legs, flies", "flamingo"],
    ]
    assert "line 3: 'has hiar' is not in animals; did you mean has hair" in result.err


def test_json_lines_keep_their_fields(lmcli):
    line = json.dumps({"id": 7, "text": "cough, temperature=39.2"})
    result = lmcli("expert", "infer", "medical", "--jsonl", "text", "-f", "jsonl", stdin=line)
    row = json.loads(result.out)
    assert row["id"] == 7 and row["conclusions"][0]["fact"] == "influenza"
    assert row["facts"] == ["cough", "temperature=39.2"]


def test_nothing_concluded_is_no_answer(lmcli):
    result = lmcli("expert", "infer", "animals", "has hair")
    assert (result.code, result.out) == (3, "")
    assert "derived: mammal" in result.err and "why-not" in result.err
    assert json.loads(lmcli("expert", "infer", "animals", "has hair", "-f", "jsonl").out)[
        "derived"
    ] == ["mammal"]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("infer", "animls", "x"), 1, "there is no rule base 'animls'; did you mean animals"),
        (("infer", "medical", "temperature"), 1, "'temperature' is an attribute and needs a value"),
        (("infer", "medical", "temperature=hot"), 1, "takes a number, not 'hot'"),
        (("infer", "medical", "cough=3"), 1, "'cough' is a fact and takes no value"),
        (("infer", "medical", "cough@7"), 1, "a certainty is a number from -1 to 1"),
        (("infer", "animals", "has hair@0.5"), 1, "animals has no certainties"),
        (("infer", "animals", "has hiar"), 3, "did you mean has hair"),
        (("infer", "animals"), 2, "Missing argument 'FACT...'"),
        (("how", "animals", "zebra", "has hair"), 3, "'zebra' does not follow"),
        (("how", "animals", "zebrra", "has hair"), 3, "did you mean zebra"),
        (("why-not", "animals", "mammal", "has hair"), 3, "'mammal' does follow"),
        (("show", "animals", "--save", "x.gif"), 2, ".svg"),
        (("chat", "animals", "--load", "none.json"), 1, "none.json"),
        (("import", "none.clp"), 2, "does not exist"),
        (("check", "."), 1, "is a folder"),
    ],
)
def test_what_is_wrong_is_said(lmcli, words, code, message):
    result = lmcli("expert", *words)
    assert result.code == code, result.err
    assert message in " ".join(result.err.split())


def test_how_and_why_not(lmcli):
    proof = lmcli("expert", "how", "animals", "zebra", "has hair", "has hooves", "black stripes")
    assert [row[:3] for row in proof.table] == [
        ["0", "zebra", "rule 10"],
        ["1", "ungulate", "rule 5"],
        ["2", "mammal", "rule 1"],
        ["3", "has hair", "given"],
        ["2", "has hooves", "given"],
        ["1", "black stripes", "given"],
    ]
    repairs = lmcli(
        "expert", "why-not", "animals", "tiger", "has hair", "black stripes", "-f", "json"
    )
    first = json.loads(repairs.out)[0]
    assert first == {
        "goal": "tiger",
        "cost": 2,
        "add": ["eats meat", "tawny"],
        "remove": [],
        "proven": True,
    }
    again = lmcli("expert", "infer", "animals", "has hair", "black stripes", *first["add"])
    assert again.out == "tiger\n"
    rules = lmcli("expert", "why-not", "animals", "tiger", "has hair", "--rules")
    assert rules.table[0] == ["tiger", "rule 8", "carnivore, tawny, black stripes"]


def test_check_tells_lines_and_exits_1_for_errors(lmcli, tmp_path):
    result = lmcli("expert", "check", EXAMPLES / "plants.yaml", "-f", "json")
    assert result.code == 0
    assert [(row["line"], row["kind"]) for row in json.loads(result.out)] == [
        (7, "unknown"),
        (8, "subsumed"),
        (9, "unknown"),
    ]
    assert lmcli("expert", "check", EXAMPLES / "plants.yaml", "--strict").code == 1
    bad = tmp_path / "bad.yaml"
    bad.write_text("rules:\n- {if: [{not: b}], then: a}\n- {if: a, then: b}\n")
    result = lmcli("expert", "check", bad)
    assert result.code == 1 and "not stratified" in result.out
    result = lmcli("expert", "infer", bad, "a")
    assert (
        result.code == 1
        and "bad.yaml:2: the base is not stratified: not b <- b <- a <- not b" in result.err
    )


def test_new_gives_a_base_that_works(lmcli, tmp_path):
    path = tmp_path / "my plants.yaml"
    assert lmcli("expert", "new", path).code == 0
    assert lmcli("expert", "check", path).out == ""
    assert lmcli("expert", "infer", path, "needles", "cones", "height=31").out == "pine\n"
    assert lmcli("expert", "new", path).code == 2
    assert lmcli("expert", "new", path, "--force").code == 0


def test_import_gives_a_base_that_works(lmcli, tmp_path):
    path = tmp_path / "zoo.yaml"
    assert lmcli("expert", "import", EXAMPLES / "zoo.clp", "--save", path).code == 0
    facts = ("has hair", "chews cud", "black stripes")
    assert lmcli("expert", "infer", path, *facts).out == "zebra\n"
    assert lmcli("expert", "infer", EXAMPLES / "zoo.clp", *facts).out == "zebra\n"
    assert "if: [has hair]" in lmcli("expert", "import", EXAMPLES / "zoo.clp").out


def test_the_graph_as_svg_and_dot(lmcli, tmp_path):
    svg, dot = tmp_path / "zebra.svg", tmp_path / "zebra.dot"
    assert lmcli("expert", "show", "animals", "--goal", "zebra", "--save", svg).code == 0
    assert lmcli("expert", "show", "animals", "--goal", "zebra", "--save", dot).code == 0
    text = "".join(ElementTree.parse(svg).getroot().itertext())
    for name in ("zebra", "ungulate", "mammal", "has hair", "black stripes"):
        assert name in text and f'"{name}"' in dot.read_text()
    assert "leopard" not in text


def test_the_dialogue_in_a_pipe(process, tmp_path):
    saved = tmp_path / "session.json"
    lines = f"it has stripes and hooves\nwhy\nsave {saved}\nyes\nhow\nquit\nnever read\n"
    result = process("expert", "chat", "animals", stdin=lines)
    assert result.code == 0 and result.err == ""
    assert "> it has stripes and hooves" in result.lines
    assert "understood: black stripes, has hooves" in result.lines
    assert "Conclusion: zebra" in result.lines
    assert "never read" not in result.out
    resumed = process("expert", "chat", "animals", "--load", saved, stdin="yes\n")
    assert resumed.code == 0 and "Conclusion: zebra" in resumed.lines


def test_the_dialogue_on_a_terminal(tmp_path):
    import os
    import re

    import pexpect

    from tests.conftest import command

    line = command("expert", "chat", "animals", "--words-only")
    child = pexpect.spawn(
        line[0], line[1:], encoding="utf-8", timeout=30, dimensions=(30, 80),
        env={**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    child.expect("Does it have hair")
    child.expect("> ")
    child.send("it has stripes and hoovex\x7fs\r")  # a key is mended before Enter
    child.expect("understood: black stripes, has hooves")
    child.send("yes\r")
    child.expect(re.escape("Conclusion: zebra"))
    child.send("\x03")  # Ctrl-C clears the line and goes on
    child.send("how\r")
    child.expect("rule 10")
    child.send("\x04")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_a_table_in_a_terminal_has_every_column(tmp_path):
    printed = on_terminal("lmcli expert infer medical cough fever@0.8", tmp_path)
    assert "influenza" in printed and "0.40" in printed and "rule 1" in printed


def test_the_empty_set_of_facts(lmcli, tmp_path):
    path = tmp_path / "axioms.yaml"
    path.write_text("rules:\n- {if: [], then: a}\n- {if: [a, {not: b}], then: c}\n")
    assert lmcli("expert", "infer", path, "").out == "c\n"
    assert lmcli("expert", "how", path, "c", "").table[0][:3] == ["0", "c", "rule 2"]


def test_a_chat_says_in_its_exit_code_that_a_line_was_no_text(lmcli):
    result = lmcli("expert", "chat", "animals", stdin=b"\xff\nit has stripes\n")
    assert "understood: black stripes" in result.out
    assert "line 1: not UTF-8" in result.err and result.code == 5
