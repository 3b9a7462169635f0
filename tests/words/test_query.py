"""Word arithmetic as people write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmcli.frame.errors import BadUsage
from lmcli.words.query import parse


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("king man woman", [(1, "king"), (-1, "man"), (1, "woman")]),
        ("king - man + woman", [(1, "king"), (-1, "man"), (1, "woman")]),
        ("king − man", [(1, "king"), (-1, "man")]),
        ("- man + king", [(-1, "man"), (1, "king")]),
        ("2*small - .5*large", [(2, "small"), (-0.5, "large")]),
        ("2 * small - large", [(2, "small"), (-1, "large")]),
        ("king", [(1, "king")]),
        ("t-shirt - shirt + trousers", [(1, "t-shirt"), (-1, "shirt"), (1, "trousers")]),
        ("a + b + c + d", [(1, "a"), (1, "b"), (1, "c"), (1, "d")]),
    ],
)
def test_terms(text, terms):
    assert list(parse(text).terms) == terms


@pytest.mark.parametrize(
    "text", ["", "king man", "a b c d", "king -", "king - - man", "king + 2 *"]
)
def test_what_is_no_query_is_refused_with_the_grammar(text):
    with pytest.raises(BadUsage) as error:
        parse(text)
    assert error.value.exit_code == 2


@given(
    st.lists(
        st.tuples(st.sampled_from("+-"), st.from_regex(r"[a-z]{1,5}", fullmatch=True)), min_size=1
    )
)
def test_any_sum_is_read_back(parts):
    text = " ".join(f"{sign} {word}" for sign, word in parts)
    assert list(parse(text).terms) == [(1 if sign == "+" else -1, word) for sign, word in parts]
