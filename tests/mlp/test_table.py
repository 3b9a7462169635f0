"""csv files as examples."""

import numpy as np
import pytest

from lmcli.errors import BadInput, BadUsage
from lmcli.mlp.table import read_table


@pytest.mark.parametrize(
    "text",
    ["x1,x2,class\n1,2,a\n3,6,b\n", "1,2,a\n3,6,b\n", "1\t2\ta\r\n\r\n3\t6\tb", "1;2;a\n3;6;b\n",
     '"1","2","a"\n3 , 6 , b\n', "\ufeff1,2,a\n3,6,b"],
)  # fmt: skip
def test_the_usual_forms(text):
    data = read_table(text.encode(), "t.csv")
    assert data.classes == ("a", "b") and data.y.tolist() == [0, 1]
    assert data.features == ("x1", "x2")
    np.testing.assert_allclose(data.X * data.spread + data.mean, [[1, 2], [3, 6]])
    np.testing.assert_allclose(data.X, [[-1, -1], [1, 1]])


def test_the_class_may_stand_anywhere_and_be_chinese_or_a_number():
    data = read_table("种类,长,宽\n猫,1,2\n狗,3,4\n猫,2,2\n".encode(), "t.csv", "种类")
    assert data.features == ("长", "宽") and sorted(data.classes) == ["狗", "猫"]
    assert read_table(b"1,10\n2,9\n3,9", "t.csv").classes == ("9", "10")


def test_a_feature_that_never_changes_is_left_at_zero():
    assert read_table(b"5,1,a\n5,2,b", "t.csv").X[:, 0].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no examples"),
        ("a,b,c\n", "no examples"),
        ("1,2,a\n3,b\n", "t.csv:2: 2 columns where the first row has 3"),
        ("x,y,c\n1,2,a\n1,two,b\n", "t.csv:3: 'two' in the column 'y' is no number"),
        ("1,nan,a\n1,2,b\n1,inf,a", "'nan'"),
        ("1,2,a\n2,2,a\n", "every example is 'a'"),
        ("1,2,a\n2,2,\n", "t.csv:2: no class"),
        ("a\nb\n", "one column only"),
        (
            "\n".join(f"1,{i}" for i in range(30)),
            "30 different values in 'x2' are too many classes",
        ),
        ('1,2,"a\n' + "x" * 200_000, "not csv"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_line(text, says):
    with pytest.raises(BadInput) as caught:
        read_table(text.encode(), "t.csv")
    assert says in str(caught.value)


def test_a_label_that_is_no_column():
    with pytest.raises(BadUsage, match="did you mean class"):
        read_table(b"x,class\n1,a\n2,b", "t.csv", "clas")
    with pytest.raises(BadUsage, match="no row of names"):
        read_table(b"1,a\n2,b", "t.csv", "class")
