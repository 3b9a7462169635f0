"""`:course` and `:lang`."""


def test_the_course_goes_on_in_the_chosen_language(lmcli):
    done = lmcli(
        "repl", stdin=":lang zh\ncourse -f plain\n:course vectors --plain --step 3\n:lang fr\n"
    )
    assert "三个学派" in done.out and "queen" in done.out and "第 3 步" in done.out
    assert done.code == 5 and ":lang 后面是 en 或 zh" in done.err
