import pytest

from fmnist_lessons.evaluation.comparing import judge_claim
from fmnist_lessons.records import tables


@pytest.fixture
def fits(make_record):
    def make(**accuracies):
        records = [
            make_record(name, seed, accuracy + 0.001 * seed, n=10_000)
            for name, accuracy in accuracies.items()
            for seed in range(5)
        ]
        return tables.frame(records)

    return make


def test_a_claim_holds_falls_or_stays_open(fits):
    table = fits(a=0.88, b=0.85, c=0.80)
    claim = judge_claim(table, "a")
    assert (claim.verdict, claim.worse, claim.level, claim.better) == ("holds", ("b", "c"), (), ())
    claim = judge_claim(table, "b")
    assert (claim.verdict, claim.worse, claim.better) == ("does not hold", ("c",), ("a",))
    assert str(claim) == "b as the best: does not hold (worse: c; better: a)"
    claim = judge_claim(fits(a=0.88, b=0.88, c=0.80), "a")
    assert (claim.verdict, claim.level) == ("within the noise", ("b",))
    assert "not to be told from it: b" in str(claim)


def test_one_seed_leaves_a_claim_open(fits):
    table = fits(a=0.88, b=0.80)
    assert judge_claim(table[table["seed"] == 0], "a").verdict == "within the noise"


def test_a_claim_needs_others(fits):
    with pytest.raises(ValueError, match="fits: expected others beside 'a', found none"):
        judge_claim(fits(a=0.9), "a")
    with pytest.raises(ValueError, match=r"reference: expected one of \['a'\], found 'b'"):
        judge_claim(fits(a=0.9), "b")
