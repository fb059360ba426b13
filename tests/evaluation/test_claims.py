import pytest

from fmnist_lessons.evaluation.claims import judge_claim
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


@pytest.mark.parametrize(
    ("accuracies", "verdict", "groups"),
    [
        ({"a": 0.88, "b": 0.85, "c": 0.80}, "holds", "worse: b, c"),
        ({"a": 0.85, "b": 0.88, "c": 0.80}, "does not hold", "better: b; worse: c"),
        ({"a": 0.88, "b": 0.8801, "c": 0.80}, "partly", "not to be told from it: b; worse: c; seen from 0."),
        (
            {"a": 0.88, "b": 0.8801, "c": 0.8799},
            "within the noise",
            "not to be told from it: b, c; seen from 0.",
        ),
        ({"a": 0.88, "b": 0.8801, "c": 0.91}, "does not hold", "not to be told from it: b; better: c; seen"),
        ({"a": 0.88, "b": 0.88}, "the same by algebra", "another name for: b"),
        ({"a": 0.88, "b": 0.88, "c": 0.8801}, "within the noise", "another name for: b; not to be told"),
        ({"a": 0.88, "b": 0.88, "c": 0.80}, "partly", "another name for: b; worse: c"),
    ],
)
def test_what_becomes_of_a_claim(fits, accuracies, verdict, groups):
    claim = judge_claim(fits(**accuracies), "a")
    assert claim.verdict == verdict
    assert str(claim).startswith(f"a as the best: {verdict} ({groups}")


def test_what_is_proven_needs_no_test(fits):
    claim = judge_claim(fits(a=0.88, b=0.85), "a", same=["b"])
    assert (claim.verdict, claim.those("worse")) == ("the same by algebra", [])


def test_one_seed_is_no_verdict(fits):
    table = fits(a=0.88, b=0.80)
    assert judge_claim(table[table["seed"] == 0], "a").verdict == "one seed: not judged"


def test_a_claim_needs_others(fits):
    with pytest.raises(ValueError, match="fits: expected others beside 'a', found none"):
        judge_claim(fits(a=0.9), "a")
    with pytest.raises(ValueError, match=r"reference: expected one of \['a'\], found 'b'"):
        judge_claim(fits(a=0.9), "b")
    with pytest.raises(ValueError, match="winner: expected a name, found None"):
        judge_claim(fits(a=0.9), None)
