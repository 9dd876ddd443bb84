"""Decisions are right: what is true is proved, what is false is refused, and independent calculations agree."""

import random
from dataclasses import replace

import mpmath
import pytest
import sympy as sp

from vae_course.symbolic.decide import Refuted, decide
from vae_course.symbolic.distributions import Finite, Gaussian, Undecidable, log_gaussian_integral
from vae_course.symbolic.evaluate import Evaluator
from vae_course.symbolic.latex import NotationError, parse
from vae_course.symbolic.worlds import diagonal_gaussian, linear_gaussian, symbols, two_states

ab = symbols("", {"a": sp.Symbol("a", positive=True), "b": sp.Symbol("b", positive=True)})


def test_an_identity_is_proved_and_its_negation_refused_with_a_counterexample():
    (step,) = decide(parse(r"\log (a b) = \log a + \log b"), ab)
    assert step.left == step.right
    with pytest.raises(Refuted, match=r"at b = \d+/97"):
        decide(parse(r"\log (a b) = \log a - \log b"), ab)


def test_an_equation_that_holds_only_at_some_points_is_refused():
    with pytest.raises(Refuted):
        decide(parse(r"a^2 = a"), ab)


def test_each_relation_of_a_chain_counts():
    decide(parse(r"a + b = b + a \ge a"), ab)
    with pytest.raises(Refuted):
        decide(parse(r"a + b = b + a \le a"), ab)


def test_a_convex_inequality_is_decided_by_its_least_value():
    (step,) = decide(parse(r"\exp(a) \ge 1 + a"), symbols("", {"a": sp.Symbol("a", real=True)}))
    assert "gap" in step.reason


def test_an_inequality_in_several_variables_says_that_it_was_tried_at_points():
    (step,) = decide(parse(r"a^2 + b^2 \ge 2 a b"), ab)
    assert "200" in step.reason


def test_a_letter_without_a_meaning_is_an_error_of_the_author():
    with pytest.raises(NotationError, match="no meaning"):
        decide(parse("c = c"), ab)


def test_matrices_of_different_shapes_are_refused():
    with pytest.raises(Refuted, match="shape"):
        decide(parse(r"W W^\top = W^\top W"), linear_gaussian(x_dim=2, z_dim=1))


def test_gaussian_moments_agree_with_quadrature():
    m, v = sp.Rational(3, 10), sp.Rational(7, 5)
    exact = Gaussian(m, v).expectation(lambda z: 2 * z**2 - 3 * z + 1)
    with mpmath.workdps(30):
        density = mpmath.npdf
        numeric = mpmath.quad(
            lambda z: (2 * z**2 - 3 * z + 1) * density(z, mpmath.mpf(3) / 10, mpmath.sqrt(mpmath.mpf(7) / 5)),
            [-20, 0, 20],
        )
        assert abs(sp.N(exact, 25) - numeric) < 1e-15


def test_gaussian_moments_of_higher_degree_are_not_guessed():
    with pytest.raises(Undecidable):
        Gaussian(sp.S.Zero, sp.S.One).expectation(lambda z: z**4)


def test_the_gaussian_integral_agrees_with_sympy():
    z, w, x = sp.Symbol("z", real=True), sp.Rational(3, 2), sp.Symbol("x", real=True)
    log_joint = -((x - w * z) ** 2) / 2 - z**2 / 2
    by_sympy = sp.integrate(sp.exp(log_joint), (z, -sp.oo, sp.oo))
    assert sp.simplify(sp.exp(log_gaussian_integral(log_joint, [z])) / by_sympy) == 1


def test_expectations_over_two_states_are_sums():
    p = sp.Symbol("p", positive=True)
    assert Finite((p, 1 - p)).expectation(lambda k: k) == p + 2 * (1 - p)


@pytest.mark.parametrize(
    "world", [two_states(), linear_gaussian(), diagonal_gaussian()], ids=["two", "lg", "diagonal"]
)
def test_kl_is_the_expected_log_ratio_in_every_world(world):
    value = Evaluator(world).value
    kl = parse(r"D_{\mathrm{KL}}\left( q(z \mid x) \,\|\, p(z) \right) = 0").sides[0]
    ratio = parse(r"\mathbb{E}_{q(z \mid x)}\left[ \log q(z \mid x) - \log p(z) \right] = 0").sides[0]
    free = sorted((value(kl) - value(ratio)).free_symbols, key=str)
    rng = random.Random(1)
    at = {symbol: world.sample(symbol, rng) for symbol in free}
    assert abs(sp.N((value(kl) - value(ratio)).subs(at), 30)) < 1e-20


def test_two_states_are_a_joint_distribution():
    world = two_states()
    second = replace(world, values={**world.values, "z": 2})
    decide(parse(r"p(z \mid x) = \frac{p(x, z)}{p(x)}"), second)
    decide(parse(r"\int p(z \mid x) \, dz = 1"), world)
    decide(parse(r"\int q(z \mid x) \, dz = 1"), world)


def test_a_density_of_one_coordinate_is_told_from_that_of_another_and_falls_back_to_the_letter():
    world = replace(
        ab,
        values={"z_1": 1, "z_2": 1, "y_1": 1},
        distributions={
            ("q", "z_1", ""): lambda _: Finite((sp.Rational(1, 4), sp.Rational(3, 4))),
            ("q", "z_2", ""): lambda _: Finite((sp.Rational(1, 3), sp.Rational(2, 3))),
            ("q", "y", ""): lambda _: Finite((sp.Rational(1, 2), sp.Rational(1, 2))),
        },
    )
    decide(parse(r"\sum_{k=1}^{2} q(z_k) = \frac{7}{12}"), world)
    decide(parse(r"q(y_1) = \frac{1}{2}"), world)
