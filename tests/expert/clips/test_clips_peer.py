"""The import of CLIPS files against CLIPS itself, on generated programs (see `clips_programs`)."""

import contextlib
import random

import pytest

from lmcli.expert.chaining import infer
from lmcli.expert.clips.clips import read_clips
from lmcli.expert.model import Evidence, RuleBase
from lmcli.expert.program import program_of
from lmcli.frame.errors import BadInput
from tests.conftest import peer
from tests.expert.bases import concluded
from tests.expert.clips.programs import Program, mixed, supported

PRINTED = "so: 7"
pytestmark = pytest.mark.peer


FIRINGS = 2000


def by_clips(program: Program, told: list[str]) -> set[str] | None:
    """The ordered facts that CLIPS holds after reset, what is told, and run; None where it never ends.

    A `logical` rule that concludes what it denies fires for ever.
    """
    import clips

    environment = clips.Environment()
    for form in program.forms:
        for part in form.split("\n(def"):
            with contextlib.suppress(clips.CLIPSError):  # as (load ...) does, it goes on
                environment.build(part if part.startswith("(") else "(def" + part)
    environment.reset()
    for fact in told:
        environment.assert_string(f"({fact})")
    if environment.run(FIRINGS) == FIRINGS:
        return None
    held = {str(fact)[1:-1] for fact in environment.facts()}
    return {fact for fact in held if "(" not in fact}


def by_lmcli(base: RuleBase, told: list[str]) -> set[str]:
    """The facts that follow; the text of a rule that only prints is no fact."""
    return concluded(base, infer(base, Evidence.of(*told))) - {PRINTED}


def told_to(base: RuleBase, seed: int) -> list[str]:
    """Some facts of a base, to be told on top of its own."""
    known = sorted({a for a in program_of(base).atoms if isinstance(a, str)} - {PRINTED})
    return random.Random(seed).sample(known, min(2, len(known)))


def read(program: Program) -> RuleBase | None:
    """The base, None where nothing of the program could be taken over."""
    try:
        return read_clips(program.text)
    except BadInput as error:
        assert "cannot be imported" in error.message or "left out" in error.message, error
        return None


def left_out(base: RuleBase) -> list[str]:
    return [remark.message for remark in base.remarks if remark.kind == "left out"]


@pytest.mark.parametrize("seed", range(300))
def test_what_clips_holds_is_concluded(seed):
    peer("clips")
    program = supported(seed)
    base = read(program)
    if base is None:
        return
    for told in ([], told_to(base, seed)):
        mine, theirs = by_lmcli(base, told), by_clips(program, told)
        if theirs is None:
            assert left_out(base), program.text
        elif left_out(base):
            assert mine <= theirs, program.text
            named = " ".join(remark.message for remark in base.remarks)
            for fact in theirs - mine:  # only what a named construct concludes can be missing
                assert any(
                    repr(name) in named and fact.split()[0] in heads
                    for name, heads in program.concluded.items()
                ), (fact, program.text)
        else:
            assert mine == theirs, program.text


@pytest.mark.parametrize("seed", range(300))
def test_what_is_left_out_changes_nothing_in_silence(seed):
    peer("clips")
    program = mixed(seed)
    base = read(program)
    if base is None:
        return
    mine, theirs = by_lmcli(base, []), by_clips(program, [])
    if theirs is None:
        assert left_out(base), program.text
        return
    assert mine <= theirs, program.text
    named = " ".join(remark.message for remark in base.remarks)
    for fact in theirs - mine:
        relation = fact.split()[0]
        assert f"({relation}" in named or any(
            repr(name) in named and relation in heads for name, heads in program.concluded.items()
        ), (fact, program.text)


def test_the_programs_are_worth_the_comparison():
    """Most supported programs are taken over whole, and they conclude something."""
    bases = [base for seed in range(300) if (base := read(supported(seed)))]
    whole = [base for base in bases if not left_out(base)]
    busy = [base for base in whole if infer(base, Evidence()).order and program_of(base).negations]
    assert len(whole) > 100 and len(busy) > 50
    mixed_bases = [base for seed in range(300) if (base := read(mixed(seed)))]
    assert len(mixed_bases) > 150
    assert (
        sum(bool(base.rules) and bool(infer(base, Evidence()).order) for base in mixed_bases) > 100
    )
