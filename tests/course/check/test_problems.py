from labkit.course.check.checking import check
from labkit.course.check.feedback import feedback
from labkit.course.exercises.transformer.attend import EXERCISE as ATTEND


def told(exercise, answer, seed=0):
    """The report and its text. There must be one, whatever the answer does."""
    report = check(exercise, answer, seed)
    return report, str(feedback(report))


def test_an_error_is_told_with_the_learners_line():
    def answer(query, key, value, mask=None):
        return query @ key  # the axes do not fit

    _, text = told(ATTEND, answer)
    line = answer.__code__.co_firstlineno + 1
    assert f"RuntimeError in line {line}, `return query @ key  # the axes do not fit`" in text


def test_an_error_in_a_helper_is_told_with_the_line_of_the_helper():
    def helper(x):
        return x.no_such_thing

    def answer(query, key, value, mask=None):
        return helper(query)

    _, text = told(ATTEND, answer)
    assert "AttributeError in line" in text
    assert "return x.no_such_thing" in text


def test_an_error_that_cannot_be_printed_is_told_nevertheless():
    class SulkyError(Exception):
        def __str__(self):
            raise RuntimeError

    def answer(*inputs):
        raise SulkyError

    assert "SulkyError" in told(ATTEND, answer)[1]


def test_deep_recursion_is_told():
    def answer(*inputs):
        return answer(*inputs)

    assert "it calls itself without end" in told(ATTEND, answer)[1]
