"""What the figures are made of; bench/run.sh runs this before it measures."""

import unittest

from .knee_report import _knee, _ratio
from .ladder import Ladder, Step


def _ladder(*points: tuple[float, float]) -> Ladder:
    return Ladder([Step(rate, 1.0, p99, 0.0, 0.0, 20.0, 1) for rate, p99 in points])


class Knee(unittest.TestCase):
    """Rates at which p99 passes a bound."""

    def test_lies_between_two_steps_by_the_logarithm_of_p99(self) -> None:
        self.assertAlmostEqual(_ladder((100, 10), (200, 1000)).knee(100), 150)

    def test_is_the_first_one(self) -> None:
        self.assertAlmostEqual(_ladder((100, 10), (200, 1000), (300, 10), (400, 1000)).knee(100), 150)

    def test_is_none_where_no_step_keeps_the_bound_or_none_passes_it(self) -> None:
        self.assertIsNone(_ladder((100, 101), (200, 300)).knee(100))
        self.assertIsNone(_ladder((100, 1), (200, 2)).knee(100))

    def test_of_rounds_is_the_median_if_most_have_one(self) -> None:
        found, none = _ladder((100, 10), (200, 1000)), _ladder((100, 1))
        self.assertAlmostEqual(_knee([found, none, found], 100), 150)
        self.assertIsNone(_knee([found, none], 100))

    def test_ratios_are_each_rounds_own(self) -> None:
        self.assertEqual(_ratio({"rounds_rps": [10, 40, None, 90]}, {"rounds_rps": [10, 20, 5, 30]}), 2)


if __name__ == "__main__":
    unittest.main()
