from datetime import date

import pytest
import torch

from labkit.data.translation import FORMATS, ORDINALS, batches, dates, human_date, reversal, sorting, tokenize
from labkit.data.vocabulary import PADDING


def test_formats_by_hand():
    day = date(2003, 2, 1)
    assert human_date(day, "{weekday} the {day}{th} of {month} {year}") == "Saturday the 1st of February 2003"
    assert human_date(day, "{wkd} {dd}/{mm}/{yy} {ordinal} {m}") == "Sat 01/02/03 first 2"
    endings = [human_date(date(2000, 1, d), "{day}{th}") for d in (2, 3, 4, 11, 12, 13, 21, 22, 23, 30)]
    assert endings == ["2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "23rd", "30th"]
    assert len(ORDINALS) == len(set(ORDINALS)) == 31


def test_tokens():
    assert tokenize("Sat. the twenty-first of May '07") == "sat . the twenty - first of may ' 0 7".split()


def test_every_format_says_which_day_it_is():
    """No two days look alike in any format, so every translation has one right answer."""
    days = [date.fromordinal(n) for n in range(date(1950, 1, 1).toordinal(), date(2049, 12, 31).toordinal() + 1, 3)]
    meaning = {}
    for form in FORMATS:
        for day in days:
            assert meaning.setdefault(human_date(day, form), day) == day


def test_dates_keep_test_days_out_of_training():
    task = dates(3000, 300, seed=1)
    trained = {tuple(task.target.decode(row)) for row in task.train[1]}
    tested = {tuple(target) for _, target in task.test_pairs}
    assert len(tested) > 250
    assert not trained & tested
    assert [task.source.decode(row) for row in task.test[0]] == [source for source, _ in task.test_pairs]
    assert (task.test[0] != 3).all(), "a test sentence has a token that training never showed"


def test_the_same_seed_gives_the_same_task():
    first, again, other = dates(50, 5, seed=3), dates(50, 5, seed=3), dates(50, 5, seed=4)
    assert torch.equal(first.train[0], again.train[0])
    assert first.test_pairs == again.test_pairs
    assert first.test_pairs != other.test_pairs


@pytest.mark.parametrize(("make", "translate"), [(reversal, lambda letters: letters[::-1]), (sorting, sorted)])
def test_letters(make, translate):
    task = make(200, 50, shortest=3, longest=6, seed=0)
    trained = {tuple(task.source.decode(row)) for row in task.train[0]}
    for source, target in task.test_pairs:
        assert translate(source) == target
        assert 3 <= len(source) <= 6
        assert tuple(source) not in trained
    for source, target in zip(*task.train, strict=True):
        assert translate(task.source.decode(source)) == task.target.decode(target)


def test_letters_that_cannot_be_new_are_an_error():
    with pytest.raises(ValueError, match="no letters of length 1 to 1 are left"):
        reversal(5000, 10, shortest=1, longest=1)
    with pytest.raises(ValueError, match="shortest=3, longest=2"):
        sorting(5, 5, shortest=3, longest=2)


def test_batches_pass_over_all_pairs_once_and_cut_the_padding():
    task = reversal(50, 1, shortest=1, longest=9)
    generator = torch.Generator().manual_seed(0)
    seen = []
    for source, target in batches(task.train, 8, generator):
        assert (source[:, -1] != PADDING).any()
        assert (target[:, -1] != PADDING).any()
        seen += [
            (tuple(task.source.decode(s)), tuple(task.target.decode(t))) for s, t in zip(source, target, strict=True)
        ]
    everything = [
        (tuple(task.source.decode(s)), tuple(task.target.decode(t))) for s, t in zip(*task.train, strict=True)
    ]
    assert sorted(seen) == sorted(everything)
    assert seen != everything
