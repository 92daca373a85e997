from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from evaluation.significance import Interval, bootstrap_interval, paired_difference, ratio


def _means(*values: float) -> NDArray[np.float64]:
    return np.array([[value, 1.0] for value in values])


def _ratios(*parts: tuple[float, float]) -> NDArray[np.float64]:
    return np.array(parts, dtype=float)


def test_score_is_numerators_over_denominators() -> None:
    assert ratio(_means(1, 0, 1, 1)) == 0.75
    assert ratio(_ratios((1, 2), (2, 2))) == 0.75
    assert ratio(_ratios((0, 0))) is None


def test_interval_of_a_share_is_near_that_of_the_normal_approximation() -> None:
    # 80 of 100: 0.8 ± 1.96 * sqrt(0.8 * 0.2 / 100) = 0.8 ± 0.0784
    interval = bootstrap_interval(_means(*[1.0] * 80, *[0.0] * 20))
    assert interval is not None
    assert interval.low == pytest.approx(0.7216, abs=0.015)
    assert interval.high == pytest.approx(0.8784, abs=0.015)


def test_interval_is_the_same_each_time() -> None:
    parts = _means(*np.random.default_rng(1).random(50))
    assert bootstrap_interval(parts) == bootstrap_interval(parts)


def test_interval_of_equal_values_has_no_width_and_that_of_one_question_does_not_exist() -> None:
    assert bootstrap_interval(_means(1, 1, 1)) == Interval(low=1.0, high=1.0)
    assert bootstrap_interval(_means(1)) is None


def test_interval_of_a_ratio_draws_numerator_and_denominator_together() -> None:
    # Whichever questions are drawn, half of what they have counts.
    assert bootstrap_interval(_ratios((1, 2), (3, 6), (0, 0))) == Interval(low=0.5, high=0.5)
    assert bootstrap_interval(_ratios((0, 0), (0, 0))) is None


def test_p_value_with_few_differences_is_exact() -> None:
    before = _means(0.2, 0.9, 0.4, 0.7, 1.0)
    after = _means(0.5, 0.8, 0.9, 0.9, 1.0)
    found = paired_difference(before, after)
    assert found is not None
    # By hand: the pairs differ by 0.3, -0.1, 0.5, 0.2 and 0. Of the 16 ways to sign the first
    # four, 0.9 is reached or passed by + + + + (1.1) and + - + + (0.9), and by their mirrors.
    signed = [
        abs(
            sum(
                sign * difference
                for sign, difference in zip(signs, (0.3, 0.1, 0.5, 0.2), strict=True)
            )
        )
        for signs in product((1, -1), repeat=4)
    ]
    assert sum(value >= 0.9 - 1e-9 for value in signed) == 4
    assert found.p_value == pytest.approx(4 / 16)
    assert found.difference == pytest.approx(0.9 / 5)
    assert found.n == 5


def test_equal_runs_do_not_differ() -> None:
    found = paired_difference(_means(1, 0, 0.5), _means(1, 0, 0.5))
    assert found is not None
    assert (found.difference, found.p_value) == (0.0, 1.0)
    assert found.interval == Interval(low=0.0, high=0.0)


def test_real_improvement_is_told_from_noise() -> None:
    random = np.random.default_rng(7)
    before = random.random(300)
    noise = random.normal(0, 0.1, 300)
    better = paired_difference(_means(*before), _means(*(before + 0.05 + noise)))
    same = paired_difference(_means(*before), _means(*(before + noise - noise.mean())))
    assert better is not None
    assert same is not None
    assert better.p_value < 0.001
    assert better.interval is not None
    assert better.interval.low > 0
    assert same.p_value > 0.9


def test_random_swaps_agree_with_every_swap() -> None:
    random = np.random.default_rng(3)
    before, after = _means(*random.random(13)), _means(*(random.random(13) - 0.05))
    # A fourteenth pair that hardly differs makes the test draw at random.
    tiny = 1e-9
    exact = paired_difference(before, after)
    drawn = paired_difference(
        np.vstack([before, _means(0.5)]), np.vstack([after, _means(0.5 + tiny)])
    )
    assert exact is not None
    assert drawn is not None
    assert 0.02 < exact.p_value < 0.98
    assert drawn.p_value == pytest.approx(exact.p_value, abs=0.02)


def test_ratios_are_compared_in_pairs() -> None:
    before = _ratios((1, 2), (1, 2), (0, 0))
    after = _ratios((2, 2), (2, 2), (0, 0))
    found = paired_difference(before, after)
    assert found is not None
    assert (found.before, found.after, found.difference) == (0.5, 1.0, 0.5)
    # Two of the four swaps differ by a half, and the others not at all.
    assert found.p_value == pytest.approx(0.5)


def test_swap_that_leaves_a_run_without_a_score_counts_as_extreme() -> None:
    before = _ratios((1, 1), (0, 0))
    after = _ratios((0, 0), (1, 1))
    found = paired_difference(before, after)
    assert found is not None
    assert found.p_value == 1.0


def test_comparison_without_a_score_or_without_pairs_is_none_or_an_error() -> None:
    assert paired_difference(_ratios((0, 0)), _ratios((1, 1))) is None
    with pytest.raises(ValueError, match="same questions"):
        paired_difference(_means(1), _means(1, 0))
