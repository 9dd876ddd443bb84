"""The equations of chapter 5: the bounds of the semi-supervised VAE.

In the finite model x, y and z have two values each and every probability is free. In the Gaussian one z is a real
number, and the digit y moves the mean of x. omega stands for the classifier's parameters; here it is its one logit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import product

import sympy as sp

from vae_course.symbolic.distributions import ByLogDensity, Finite, Gaussian, split_logs
from vae_course.symbolic.gradients import nabla
from vae_course.symbolic.registry import definition, equation
from vae_course.symbolic.worlds import Bindings, World, probability

VALUES = (1, 2)
_PRODUCT = r"p_\times"  # the product of the posterior's two marginals
_BEST = r"q_\star"  # the classifier that the bound prefers

labelled_bound = definition(
    r"""\mathcal{L}(x, y) := \mathbb{E}_{q_\phi(z \mid x, y)}\left[ \log p_\theta(x \mid y, z) \right]
    + \log p(y) - D_{\mathrm{KL}}\left( q_\phi(z \mid x, y) \,\|\, p(z) \right)"""
)
unlabelled_bound = definition(
    r"""\mathcal{U}(x) := \sum_{y=1}^{C} q_\phi(y \mid x) \, \mathcal{L}(x, y)
    - \sum_{y=1}^{C} q_\phi(y \mid x) \log q_\phi(y \mid x)"""
)


# --- the models


@dataclass(frozen=True)
class Pairs:
    """A distribution over pairs (y, z) by the probability of each."""

    probabilities: Mapping[tuple[int, int], sp.Expr]

    def log_density(self, value: tuple[int, int]) -> sp.Expr:
        return split_logs(sp.log(self.probabilities[value]))

    def expectation(self, function: Callable[[tuple[int, int]], sp.Expr]) -> sp.Expr:
        return sp.Add(*(p * function(pair) for pair, p in self.probabilities.items()))


def _either(first: sp.Expr) -> Finite:
    return Finite((first, 1 - first))


def _normalised(*shares: sp.Expr) -> Finite:
    return Finite(tuple(share / sp.Add(*shares) for share in shares))


def three_variables(*, fair: bool = False, by_logit: bool = False, encoder: bool = True) -> World:
    r"""Any p(x | y, z) of three variables with two values each, any p(y), p(z), and any q(y | x) q(z | x, y); x = 1.

    Args:
        fair: p(y) and p(z) are 1/2, which keeps long sums short.
        by_logit: q(y=1 | x) is the sigmoid of \omega, else a probability of its own.
        encoder: whether q is there at all.
    """
    half = sp.Rational(1, 2)
    prior_y, prior_z = (half, half) if fair else sp.symbols("pi c", positive=True)
    a = {(y, z): sp.Symbol(f"a_{y}{z}", positive=True) for y, z in product(VALUES, VALUES)}
    logit = sp.Symbol("omega", real=True)
    chance = 1 / (1 + sp.exp(-logit)) if by_logit else sp.Symbol("r", positive=True)
    s = sp.symbols("s_1 s_2", positive=True)
    p_y, p_z, q_y = _either(prior_y), _either(prior_z), _either(chance)

    def weight(y: int, z: int) -> sp.Expr:
        return p_y.probabilities[y - 1] * p_z.probabilities[z - 1]

    def likelihood(x: int, y: int, z: int) -> sp.Expr:
        return a[y, z] if int(x) == 1 else 1 - a[y, z]

    def joint(x: int) -> dict[tuple[int, int], sp.Expr]:
        return {(y, z): weight(y, z) * likelihood(x, y, z) for y, z in product(VALUES, VALUES)}

    def evidence(x: int) -> sp.Expr:
        return sp.Add(*joint(x).values())

    def by_label(x: int) -> list[sp.Expr]:
        return [sp.Add(*(joint(x)[y, z] for z in VALUES)) for y in VALUES]

    def by_style(x: int) -> list[sp.Expr]:
        return [sp.Add(*(joint(x)[y, z] for y in VALUES)) for z in VALUES]

    def q_z(y: int) -> Finite:
        return _either(s[int(y) - 1])

    def marginals(x: int) -> dict[tuple[int, int], sp.Expr]:
        return {
            (y, z): by_label(x)[y - 1] * by_style(x)[z - 1] / evidence(x) ** 2
            for y, z in product(VALUES, VALUES)
        }

    model = {
        ("p", "y", ""): lambda _: p_y,
        ("p", "z", ""): lambda _: p_z,
        ("p", "x", "y,z"): lambda at: _either(a[int(at["y"]), int(at["z"])]),
        ("p", "x", ""): lambda _: Finite((evidence(1), evidence(2))),
        ("p", "x", "y"): lambda at: Finite(
            tuple(by_label(x)[at["y"] - 1] / p_y.probabilities[at["y"] - 1] for x in VALUES)
        ),
        ("p", "x", "z"): lambda at: Finite(
            tuple(by_style(x)[at["z"] - 1] / p_z.probabilities[at["z"] - 1] for x in VALUES)
        ),
        ("p", "y", "x"): lambda at: _normalised(*by_label(at["x"])),
        ("p", "z", "x"): lambda at: _normalised(*by_style(at["x"])),
        ("p", "z", "x,y"): lambda at: _normalised(*(joint(at["x"])[at["y"], z] for z in VALUES)),
        ("p", "y", "z,x"): lambda at: _normalised(*(joint(at["x"])[y, at["z"]] for y in VALUES)),
        ("p", "y,z", "x"): lambda at: Pairs(
            {pair: share / evidence(at["x"]) for pair, share in joint(at["x"]).items()}
        ),
        (_PRODUCT, "y,z", "x"): lambda at: Pairs(marginals(at["x"])),
    }
    inference = {
        ("q", "y", "x"): lambda _: q_y,
        ("q", "z", "x,y"): lambda at: q_z(at["y"]),
        ("q", "y,z", "x"): lambda _: Pairs(
            {
                (y, z): q_y.probabilities[y - 1] * q_z(y).probabilities[z - 1]
                for y, z in product(VALUES, VALUES)
            }
        ),
    }
    prior = r"p(y{=}1)=p(z{=}1)=\tfrac12" if fair else r"p(y{=}1)=\pi,\ p(z{=}1)=c"
    q = r",\ q(y{=}1\mid x)=r,\ q(z{=}1\mid x,y{=}j)=s_j".replace(
        "=r", r"=1/(1+e^{-\omega})" if by_logit else "=r"
    )
    return World(
        title=rf"\text{{finite: }} {prior},\ p(x{{=}}1\mid y{{=}}j,z{{=}}k)=a_{{jk}}{q if encoder else ''},\ x=1",
        values={
            "x": 1,
            "y": 1,
            "z": 2,
            "C": 2,
            r"\omega": logit,
            r"\alpha": sp.Symbol("alpha", positive=True),
            "nabla": nabla(),
        },
        distributions=model | (inference if encoder else {}),
        draw=lambda symbol, rng: probability(symbol, rng),
    )


def gaussian_style() -> World:
    r"""A digit y in {1, 2} and a style z ~ N(0, 1); x | y, z ~ N(w z + b_y, \sigma^2), any q(z | x, y) = N(m, s^2).

    p(x, y) comes from integrating over z, and p(z | x, y) from Bayes' rule.
    """
    w, x, m = sp.symbols("w x m", real=True)
    sigma, s, prior = sp.symbols("sigma s pi", positive=True)
    b = sp.symbols("b_1 b_2", real=True)
    p_y, p_z = _either(prior), Gaussian(sp.S.Zero, sp.S.One)

    def likelihood(at: Bindings) -> Gaussian:
        return Gaussian(w * at["z"] + b[int(at["y"]) - 1], sigma**2)

    def marginal(y: int) -> Gaussian:
        return Gaussian(b[int(y) - 1], w**2 + sigma**2)

    def log_posterior(at: Bindings, z: sp.Expr) -> sp.Expr:
        joint = likelihood({"z": z, "y": at["y"]}).log_density(at["x"]) + p_z.log_density(z)
        return joint - marginal(at["y"]).log_density(at["x"])

    return World(
        title=r"\text{Gaussian: } p(y{=}1)=\pi,\ z\sim\mathcal{N}(0,1),\ x\mid y,z\sim\mathcal{N}(wz+b_y,\sigma^2),\ q=\mathcal{N}(m,s^2)",
        values={"x": x, "y": 1},
        distributions={
            ("p", "y", ""): lambda _: p_y,
            ("p", "z", ""): lambda _: p_z,
            ("p", "x", "y,z"): likelihood,
            ("p", "x", "y"): lambda at: marginal(at["y"]),
            ("p", "z", "x,y"): lambda at: ByLogDensity(lambda z: log_posterior(at, z)),
            ("q", "z", "x,y"): lambda _: Gaussian(m, s**2),
        },
        draw=probability,
    )


def labelled() -> tuple[World, World]:
    """Where a statement about an example with its label is decided."""
    return labelled_bound(three_variables()), labelled_bound(gaussian_style())


def unlabelled(**options: bool) -> World:
    """Where a statement about an example without a label is decided."""
    return unlabelled_bound(labelled_bound(three_variables(**options)))


# --- the label is known


@equation(
    chapter=5,
    mutants={
        "the prior of the digit left out": (r" \, p(y) \, p(z)}", r" \, p(z)}"),
        "the posterior of the digit": (r"{p_\theta(z \mid x, y)}", r"{p_\theta(y \mid x)}"),
    },
)
def labels_known_bayes():
    r"""
    \log p_\theta(x, y) = \mathbb{E}_{q_\phi(z \mid x, y)}\left[ \log \frac{p_\theta(x \mid y, z) \, p(y) \, p(z)}{p_\theta(z \mid x, y)} \right]
    """
    return three_variables(), gaussian_style()


@equation(
    chapter=5,
    mutants={
        "the prior of the digit left out": (r" + \log p(y)", ""),
        "the posterior without the digit": (r"p_\theta(z \mid x, y) \right)", r"p_\theta(z \mid x) \right)"),
    },
)
def labels_known():
    r"""
    \begin{aligned}
    \log p_\theta(x, y)
    & = \underbrace{\mathbb{E}_{q_\phi(z \mid x, y)}\left[ \log p_\theta(x \mid y, z) \right] + \log p(y)
    - D_{\mathrm{KL}}\left( q_\phi(z \mid x, y) \,\|\, p(z) \right)}_{\text{computable}} \\
    & \quad + \underbrace{D_{\mathrm{KL}}\left( q_\phi(z \mid x, y) \,\|\, p_\theta(z \mid x, y) \right)}_{\ge 0}
    \end{aligned}
    """
    return three_variables(), gaussian_style()


@equation(
    chapter=5,
    mutants={
        "the divergence the other way round": (
            r"q_\phi(z \mid x, y) \,\|\, p_\theta(z \mid x, y)",
            r"p_\theta(z \mid x, y) \,\|\, q_\phi(z \mid x, y)",
        ),
        "an image without its digit": (r"\log p_\theta(x, y)", r"\log p_\theta(x)"),
    },
)
def labels_known_gap():
    r"""
    \log p_\theta(x, y) - \mathcal{L}(x, y) = D_{\mathrm{KL}}\left( q_\phi(z \mid x, y) \,\|\, p_\theta(z \mid x, y) \right) \ge 0
    """
    return labelled_bound(three_variables())


# --- the label is not known


@equation(
    chapter=5,
    mutants={
        "the posterior of the digit left out": (
            r"\log \frac{p_\theta(x, y)}{p_\theta(y \mid x)}",
            r"\log p_\theta(x, y)",
        ),
        "the prior of the digit": (r"{p_\theta(y \mid x)}", r"{p(y)}"),
    },
)
def labels_unknown_bayes():
    r"""
    \log p_\theta(x) = \mathbb{E}_{q_\phi(y \mid x)}\left[ \log \frac{p_\theta(x, y)}{p_\theta(y \mid x)} \right]
    """
    return three_variables()


@equation(
    chapter=5,
    mutants={
        "the entropy with the wrong sign": (
            r"- \mathbb{E}_{q_\phi(y \mid x)}",
            r"+ \mathbb{E}_{q_\phi(y \mid x)}",
        ),
        "the divergence from the prior": (r"p_\theta(y \mid x) \right)", r"p(y) \right)"),
    },
)
def labels_unknown_split():
    r"""
    \begin{aligned}
    \log p_\theta(x) & = \mathbb{E}_{q_\phi(y \mid x)}\left[ \log p_\theta(x, y) \right]
    - \mathbb{E}_{q_\phi(y \mid x)}\left[ \log q_\phi(y \mid x) \right] \\
    & \quad + D_{\mathrm{KL}}\left( q_\phi(y \mid x) \,\|\, p_\theta(y \mid x) \right)
    \end{aligned}
    """
    return three_variables()


@equation(
    chapter=5,
    mutants={
        "an upper bound": (r"\ge \mathcal{U}", r"\le \mathcal{U}"),
        "of image and digit": (r"\log p_\theta(x) \ge", r"\log p_\theta(x, y) \ge"),
    },
)
def labels_unknown_bound():
    r"""
    \log p_\theta(x) \ge \mathcal{U}(x)
    """
    return unlabelled()


@equation(
    chapter=5,
    mutants={
        "the digit's gap left out": (
            r"D_{\mathrm{KL}}\left( q_\phi(y \mid x) \,\|\, p_\theta(y \mid x) \right) +",
            "",
        ),
        "the style's gap for one digit only": (
            r"\mathbb{E}_{q_\phi(y \mid x)}\left[ D_{\mathrm{KL}}\left( q_\phi(z \mid x, y) \,\|\, p_\theta(z \mid x, y) \right) \right]",
            r"D_{\mathrm{KL}}\left( q_\phi(z \mid x, y) \,\|\, p_\theta(z \mid x, y) \right)",
        ),
    },
)
def labels_unknown_gap():
    r"""
    \begin{aligned}
    \log p_\theta(x) - \mathcal{U}(x)
    & = D_{\mathrm{KL}}\left( q_\phi(y \mid x) \,\|\, p_\theta(y \mid x) \right) + \\
    & \quad \mathbb{E}_{q_\phi(y \mid x)}\left[ D_{\mathrm{KL}}\left( q_\phi(z \mid x, y) \,\|\, p_\theta(z \mid x, y) \right) \right]
    \end{aligned}
    """
    return unlabelled(fair=True)


@equation(
    chapter=5,
    mutants={
        "averaged over the model's digits": (
            r"\mathbb{E}_{q_\phi(y \mid x)}",
            r"\mathbb{E}_{p_\theta(y \mid x)}",
        ),
        "the digit's part left out": (
            r"D_{\mathrm{KL}}\left( q_\phi(y \mid x) \,\|\, p_\theta(y \mid x) \right) +",
            "",
        ),
    },
)
def labels_chain():
    r"""
    \begin{aligned}
    & D_{\mathrm{KL}}\left( q_\phi(y, z \mid x) \,\|\, p_\theta(y, z \mid x) \right) \\
    & \quad = D_{\mathrm{KL}}\left( q_\phi(y \mid x) \,\|\, p_\theta(y \mid x) \right) +
    \mathbb{E}_{q_\phi(y \mid x)}\left[ D_{\mathrm{KL}}\left( q_\phi(z \mid x, y) \,\|\, p_\theta(z \mid x, y) \right) \right]
    \end{aligned}
    """
    return three_variables(fair=True)


@equation(
    chapter=5,
    mutants={
        "the digit is free": (
            r" - D_{\mathrm{KL}}\left( q_\phi(y \mid x) \,\|\, p(y) \right)",
            "",
        ),
        "the style charged once, not on average": (
            r"\mathbb{E}_{q_\phi(y \mid x)}\left[ D_{\mathrm{KL}}\left( q_\phi(z \mid x, y) \,\|\, p(z) \right) \right]",
            r"D_{\mathrm{KL}}\left( q_\phi(z \mid x, y) \,\|\, p(z) \right)",
        ),
    },
)
def labels_unknown_terms():
    r"""
    \begin{aligned}
    \mathcal{U}(x) & = \mathbb{E}_{q_\phi(y \mid x)}\left[ \mathbb{E}_{q_\phi(z \mid x, y)}\left[ \log p_\theta(x \mid y, z) \right] \right] \\
    & \quad - \mathbb{E}_{q_\phi(y \mid x)}\left[ D_{\mathrm{KL}}\left( q_\phi(z \mid x, y) \,\|\, p(z) \right) \right] - D_{\mathrm{KL}}\left( q_\phi(y \mid x) \,\|\, p(y) \right)
    \end{aligned}
    """
    return unlabelled()


def _values_of_the_bound(*, by_logit: bool = False) -> World:
    r"""Any two numbers for \mathcal{L}(x, 1) and \mathcal{L}(x, 2), any q(y | x)."""
    values = sp.symbols("L_1 L_2", real=True)
    world = unlabelled_bound(three_variables(by_logit=by_logit))
    named: dict[str, object] = {"L": lambda evaluator, _, y: values[int(evaluator.value(y)) - 1]}
    chance = world.distributions["q", "y", "x"]({})
    best = {(_BEST, "y", "x"): lambda _: _normalised(*(sp.exp(value) for value in values))}
    logit = r"=1/(1+e^{-\omega})" if by_logit else "=r"
    return replace(
        world,
        title=rf"C=2,\ \mathcal{{L}}(x,1)=L_1,\ \mathcal{{L}}(x,2)=L_2,\ q(y{{=}}1\mid x){logit}",
        values={**world.values, **named},
        distributions={("q", "y", "x"): lambda _: chance, **best},
    )


@equation(
    chapter=5,
    mutants={
        "the divergence added": (r"- D_{\mathrm{KL}}", r"+ D_{\mathrm{KL}}"),
        "the mean of the bounds": (
            r"\log \sum_{y=1}^{C} \exp(\mathcal{L}(x, y))",
            r"\frac{1}{C} \sum_{y=1}^{C} \mathcal{L}(x, y)",
        ),
    },
)
def labels_best_classifier():
    r"""
    \mathcal{U}(x) = \log \sum_{y=1}^{C} \exp(\mathcal{L}(x, y)) - D_{\mathrm{KL}}\left( q_\phi(y \mid x) \,\|\, q_\star(y \mid x) \right)
    """
    return _values_of_the_bound()


# --- what the classifier learns


@equation(
    chapter=5,
    mutants={
        "of an example without a label": (r"\mathcal{L}(x, y)", r"\mathcal{U}(x)"),
        "with the classifier in it": (r"\mathcal{L}(x, y)", r"\log q_\phi(y \mid x)"),
    },
)
def labels_no_gradient():
    r"""
    \nabla_\omega \mathcal{L}(x, y) = 0
    """
    return unlabelled(by_logit=True)


@equation(
    chapter=5,
    mutants={
        "the entropy left out": (r" - \log q_\phi(y \mid x) \right)", r" \right)"),
        "the logarithm's gradient": (
            r"\sum_{y=1}^{C} \left( \nabla_\omega q_\phi(y \mid x) \right)",
            r"\sum_{y=1}^{C} \left( \nabla_\omega \log q_\phi(y \mid x) \right)",
        ),
    },
)
def labels_gradient():
    r"""
    \nabla_\omega \mathcal{U}(x) = \sum_{y=1}^{C} \left( \nabla_\omega q_\phi(y \mid x) \right) \left( \mathcal{L}(x, y) - \log q_\phi(y \mid x) \right)
    """
    return _values_of_the_bound(by_logit=True)


@equation(
    chapter=5,
    mutants={
        "the gradient of the bound": (r"= 0", r"= \nabla_\omega \mathcal{U}(x)"),
        "digits from the prior": (r"\mathbb{E}_{q_\phi(y \mid x)}", r"\mathbb{E}_{p(y)}"),
    },
)
def labels_sampled():
    r"""
    \mathbb{E}_{q_\phi(y \mid x)}\left[ \nabla_\omega \log q_\phi(y \mid x) \right] = 0
    """
    world = _values_of_the_bound(by_logit=True)
    prior = sp.Symbol("pi", positive=True)
    return replace(world, distributions={**world.distributions, ("p", "y", ""): lambda _: _either(prior)})


@equation(
    chapter=5,
    mutants={
        "the entropy left out": (r" - \log q_\phi(y \mid x) \right) \right]", r" \right) \right]"),
        "without the score": (r"\left( \nabla_\omega \log q_\phi(y \mid x) \right)", ""),
    },
)
def labels_score_function():
    r"""
    \nabla_\omega \mathcal{U}(x) = \mathbb{E}_{q_\phi(y \mid x)}\left[ \left( \nabla_\omega \log q_\phi(y \mid x) \right) \left( \mathcal{L}(x, y) - \log q_\phi(y \mid x) \right) \right]
    """
    return _values_of_the_bound(by_logit=True)


@equation(
    chapter=5,
    mutants={
        "the classifier's loss forgotten": (r" - \alpha \log q_\phi(y \mid x) \ge", r" \ge"),
        "the loss with the wrong sign": (r"+ \alpha \log", r"- \alpha \log"),
    },
)
def labels_weighted():
    r"""
    \begin{aligned}
    & \log p_\theta(x, y) - \left( \mathcal{L}(x, y) + \alpha \log q_\phi(y \mid x) \right) \\
    & \quad = D_{\mathrm{KL}}\left( q_\phi(z \mid x, y) \,\|\, p_\theta(z \mid x, y) \right) - \alpha \log q_\phi(y \mid x) \ge 0
    \end{aligned}
    """
    return labelled_bound(three_variables())


# --- style and digit


@equation(
    chapter=5,
    mutants={
        "upside down": (
            r"\frac{p_\theta(x \mid y, z) \, p_\theta(x)}{p_\theta(x \mid y) \, p_\theta(x \mid z)}",
            r"\frac{p_\theta(x \mid y) \, p_\theta(x \mid z)}{p_\theta(x \mid y, z) \, p_\theta(x)}",
        ),
        "independent": (
            r"\frac{p_\theta(x \mid y, z) \, p_\theta(x)}{p_\theta(x \mid y) \, p_\theta(x \mid z)}",
            "1",
        ),
    },
)
def labels_explaining_away():
    r"""
    \frac{p_\theta(y, z \mid x)}{p_\theta(y \mid x) \, p_\theta(z \mid x)} = \frac{p_\theta(x \mid y, z) \, p_\theta(x)}{p_\theta(x \mid y) \, p_\theta(x \mid z)}
    """
    return three_variables(encoder=False)


def _agreement() -> World:
    """x = 1 if y = z, else 2; y and z are fair coins."""
    half = sp.Rational(1, 2)
    pairs = Pairs({(1, 1): half, (2, 2): half})  # no others: log 0 is never taken
    independent = Pairs(dict.fromkeys(product(VALUES, VALUES), half**2))
    return World(
        title=r"p(y{=}1)=p(z{=}1)=\tfrac12,\ x=1 \text{ if } y=z,\ \text{else } x=2",
        values={"x": 1},
        distributions={
            ("p", "y,z", "x"): lambda _: pairs,
            (_PRODUCT, "y,z", "x"): lambda _: independent,
            ("p", "y,z", ""): lambda _: independent,
            (_PRODUCT, "y,z", ""): lambda _: independent,
        },
    )


@equation(
    chapter=5,
    mutants={
        "independent": (r"\log 2", "0"),
        "in the prior": (r"\left( p_\theta(y, z \mid x) \,", r"\left( p_\theta(y, z) \,"),
    },
)
def labels_agreement():
    r"""
    D_{\mathrm{KL}}\left( p_\theta(y, z \mid x) \,\|\, p_\times(y, z \mid x) \right) = \log 2
    """
    return _agreement()


@equation(
    chapter=5,
    mutants={
        "averaged over all images": (r"\mathbb{E}_{p_\theta(x \mid y)}", r"\mathbb{E}_{p_\theta(x)}"),
        "the posterior without the digit": (r"p_\theta(z \mid x, y)", r"p_\theta(z \mid x)"),
    },
)
def labels_style():
    r"""
    \mathbb{E}_{p_\theta(x \mid y)}\left[ p_\theta(z \mid x, y) \right] = p(z)
    """
    return three_variables(encoder=False)
