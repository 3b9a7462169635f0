"""What check finds, and that it finds nothing in the bundled bases."""

import pytest

from lmcli.expert.analysis.check import check, check_file
from lmcli.expert.files import bases
from lmcli.expert.files.schema import loads


def kinds(text):
    return [(p.line, p.kind, p.severity) for p in check(loads("rules:\n" + text))]


@pytest.mark.parametrize("name", bases.bundled())
def test_the_bundled_bases_are_clean(name):
    assert check_file(bases.place(name)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- {if: [a, {not: a}], then: b}", [(2, "contradiction", "warning")]),
        ("- {if: ['t > 40', 't < 38'], then: b}", [(2, "contradiction", "warning")]),
        ("- {if: [a, z], then: b}\n- {if: [b], then: z}", [(3, "cycle", "warning")]),
        ("- {if: [{not: b}], then: c}\n- {if: [c], then: b}", [(2, "cycle", "error")]),
        ("- {if: [a, b], then: c}\n- {if: [b, a], then: c}", [(3, "duplicate", "warning")]),
        ("- {if: [a], then: c}\n- {if: [b, a], then: c}", [(3, "subsumed", "warning")]),
        (
            "- {if: [long neck], then: c}\n- {if: [x], then: long necks}",
            [(2, "unknown", "warning")],
        ),
        (
            "- {if: [a, b], then: c}\nquestions: {a: Is it a?}",
            [(2, "unasked", "warning")],
        ),
        ("- {if: [a], then: b}\n- {if: [a], then: c}\ngoals: [c]", [(2, "idle", "warning")]),
        (
            "- {if: [a], then: b}\n- {if: [a, d], then: c}\nexclusive: [[b, c]]",
            [(3, "contradiction", "warning")],
        ),
        ("- {if: [b, c], then: d}\nexclusive: [[b, c]]", [(2, "contradiction", "warning")]),
    ],
)
def test_each_kind_is_found_on_its_line(text, expected):
    found = kinds(text)
    for problem in expected:
        assert problem in found, found


def test_a_rule_that_only_feeds_itself_never_fires():
    problems = check(
        loads("rules:\n- {if: [x], then: y}\n- {if: [y], then: x}\n- {if: [y, a], then: z}")
    )
    assert {(p.line, p.kind) for p in problems} >= {
        (2, "unreachable"),
        (3, "unreachable"),
        (4, "unreachable"),
    }


def test_opposite_certainties_of_the_same_conditions():
    text = "certainty: mycin\nrules:\n- {if: a, then: b, certainty: 0.5}\n- {if: a, then: b, certainty: -0.5}"
    assert [(p.line, p.kind) for p in check(loads(text))] == [(4, "contradiction")]


def test_a_cycle_among_certainties_is_an_error():
    text = "certainty: mycin\nrules:\n- {if: a, then: b}\n- {if: b, then: a}"
    assert [(p.kind, p.severity) for p in check(loads(text)) if p.severity == "error"] == [
        ("cycle", "error")
    ]


def test_all_faults_of_form_are_listed(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text("rules:\n- {if: a}\n- {then: b}\n- {if: a, then: b, x: 1}\n")
    assert [p.line for p in check_file(path)] == [2, 3, 4]
