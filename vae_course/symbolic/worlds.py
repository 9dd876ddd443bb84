"""Exact models in which an equation of the course is decided.

A world gives a meaning to every letter of an equation: values to its symbols, distributions to its densities. Nothing
else about the model is used, so what holds here for all values of the free symbols is proved for the whole family.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import sympy as sp

from vae_course.symbolic.distributions import (
    ByLogDensity,
    Distribution,
    Finite,
    Gaussian,
    Value,
    column,
    log_gaussian_integral,
    scalar,
)

# A density such as p(x | z) is keyed by its letter and its variables: ("p", "x", "z"). It may depend on their values.
Key = tuple[str, str, str]
Bindings = Mapping[str, object]


@dataclass(frozen=True)
class World:
    """An exact model: `title` in words and LaTeX, the meaning of symbols, the distributions.

    `integrate_log` integrates exp of a log-density over z, `average` takes the mean over all draws of what is random,
    `draw` gives a rational value for a free symbol, by which a wrong equation is refused.
    """

    title: str
    values: Mapping[str, object] = field(default_factory=dict)
    distributions: Mapping[Key, Callable[[Bindings], Distribution]] = field(default_factory=dict)
    integrate_log: Callable[[Callable[[Value], sp.Expr]], sp.Expr] | None = None
    average: Callable[[Callable[[Bindings], sp.Expr]], sp.Expr] | None = None
    draw: Callable[[sp.Symbol, random.Random], sp.Rational] | None = None

    def sample(self, symbol: sp.Symbol, rng: random.Random) -> sp.Rational:
        """A value for a free symbol: in (0, 1) or as `draw` says, positive or any real as its assumptions say."""
        if self.draw is not None:
            return self.draw(symbol, rng)
        value = sp.Rational(rng.randint(20, 300), 97)
        return value if symbol.is_positive else value * rng.choice([-1, 1])


def symbols(title: str, values: Mapping[str, object]) -> World:
    """A world of symbols alone, for closed forms: the meaning of each letter, as it stands in the LaTeX."""
    return World(title=title, values=values)


def probability(_: sp.Symbol, rng: random.Random) -> sp.Rational:
    """A value in (0, 1)."""
    return sp.Rational(rng.randint(1, 96), 97)


def two_states() -> World:
    r"""Any joint distribution of x in {1, 2} and z in {1, 2}, and any encoder q(z | x); x = 1 is observed.

    p(z=1) = \pi, p(x=1 | z=k) = a_k, q(z=1 | x=k) = q_k, each free in (0, 1).
    """
    prior, *rest = sp.symbols("pi a_1 a_2 q_1 q_2", positive=True)
    a, q = rest[:2], rest[2:]

    def p_z(_: Bindings) -> Finite:
        return Finite((prior, 1 - prior))

    def p_x_given_z(at: Bindings) -> Finite:
        likelihood = a[int(at["z"]) - 1]
        return Finite((likelihood, 1 - likelihood))

    def q_z_given_x(at: Bindings) -> Finite:
        probability = q[int(at["x"]) - 1]
        return Finite((probability, 1 - probability))

    def p_x(_: Bindings) -> Finite:
        one = prior * a[0] + (1 - prior) * a[1]
        return Finite((one, prior * (1 - a[0]) + (1 - prior) * (1 - a[1])))

    def p_z_given_x(at: Bindings) -> Finite:
        likelihood = [a_k if int(at["x"]) == 1 else 1 - a_k for a_k in a]
        joint = [prior * likelihood[0], (1 - prior) * likelihood[1]]
        return Finite(tuple(share / sp.Add(*joint) for share in joint))

    return World(
        title=r"\text{two states: } p(z{=}1)=\pi,\ p(x{=}1\mid z{=}k)=a_k,\ q(z{=}1\mid x{=}k)=q_k,\ x=1",
        values={"x": 1, "x_1": 1, "x_2": 2, "n": 2},
        distributions={
            ("p", "z", ""): p_z,
            ("p", "x", "z"): p_x_given_z,
            ("p", "x", ""): p_x,
            ("p", "z", "x"): p_z_given_x,
            ("q", "z", "x"): q_z_given_x,
        },
        integrate_log=lambda log_f: sp.Add(*(sp.exp(log_f(k)) for k in (1, 2))),
        draw=probability,
    )


def linear_gaussian(x_dim: int = 1, z_dim: int = 1) -> World:
    r"""Any linear-Gaussian model and any Gaussian encoder.

    p(z) = N(0, I), p(x | z) = N(W z + b, \sigma^2 I), q(z | x) = N(m, S). With one dimension W = w and S = s^2.
    p(x) comes from integrating p(x | z) p(z) and p(z | x) from Bayes' rule, so that closed forms for them can be checked.
    """
    sigma = sp.Symbol("sigma", positive=True)
    W = sp.Matrix(x_dim, z_dim, lambda i, j: sp.Symbol(_numbered("w", (x_dim, z_dim), (i, j)), real=True))
    b = sp.Matrix(x_dim, 1, lambda i, _: sp.Symbol(_numbered("b", (x_dim,), (i,)), real=True))
    x = sp.Matrix(x_dim, 1, lambda i, _: sp.Symbol(_numbered("x", (x_dim,), (i,)), real=True))
    m = sp.Matrix(z_dim, 1, lambda i, _: sp.Symbol(_numbered("m", (z_dim,), (i,)), real=True))
    root = sp.Matrix(z_dim, z_dim, lambda i, j: _entry_of_root(z_dim, i, j))
    S = root * root.T

    def p_z(_: Bindings) -> Gaussian:
        return Gaussian(scalar(sp.zeros(z_dim, 1)), scalar(sp.eye(z_dim)))

    def p_x_given_z(at: Bindings) -> Gaussian:
        return Gaussian(scalar(W * column(at["z"]) + b), scalar(sigma**2 * sp.eye(x_dim)))

    def q_z_given_x(_: Bindings) -> Gaussian:
        return Gaussian(scalar(m), scalar(S))

    def log_joint(x_value: Value, z_value: Value) -> sp.Expr:
        return p_x_given_z({"z": z_value}).log_density(x_value) + p_z({}).log_density(z_value)

    def log_evidence(x_value: Value) -> sp.Expr:
        return integrate_log(lambda z_value: log_joint(x_value, z_value))

    def integrate_log(log_f: Callable[[Value], sp.Expr]) -> sp.Expr:
        z = [sp.Dummy(f"z_{i + 1}", real=True) for i in range(z_dim)]
        return log_gaussian_integral(log_f(scalar(sp.Matrix(z))), z)

    def p_x(_: Bindings) -> ByLogDensity:
        return ByLogDensity(log_evidence)

    def p_z_given_x(at: Bindings) -> ByLogDensity:
        return ByLogDensity(lambda z_value: log_joint(at["x"], z_value) - log_evidence(at["x"]))

    sizes = "" if x_dim == z_dim == 1 else rf"\ (x \in \mathbb{{R}}^{x_dim},\ z \in \mathbb{{R}}^{z_dim})"
    normal = r"\mathcal{N}(Wz+b,\sigma^2 I)" if sizes else r"\mathcal{N}(wz+b,\sigma^2)"
    encoder = r"\mathcal{N}(m,S)" if sizes else r"\mathcal{N}(m,s^2)"
    return World(
        title=rf"\text{{linear-Gaussian{sizes and ' '}}}{sizes}\text{{: }} z\sim\mathcal{{N}}(0,{'I' if sizes else '1'}),"
        rf"\ x\mid z\sim{normal},\ q={encoder}",
        values={
            "x": scalar(x),
            "W": scalar(W),
            "w": scalar(W),
            "b": scalar(b),
            "m": scalar(m),
            "S": scalar(S),
            r"\sigma": sigma,
            "M": scalar(W.T * W + sigma**2 * sp.eye(z_dim)),
            "z": scalar(
                sp.Matrix(z_dim, 1, lambda i, _: sp.Symbol(_numbered("z", (z_dim,), (i,)), real=True))
            ),
        },
        distributions={
            ("p", "z", ""): p_z,
            ("p", "x", "z"): p_x_given_z,
            ("p", "x", ""): p_x,
            ("p", "z", "x"): p_z_given_x,
            ("q", "z", "x"): q_z_given_x,
        },
        integrate_log=lambda log_f: sp.exp(integrate_log(log_f)),
    )


def diagonal_gaussian(z_dim: int = 2) -> World:
    r"""A factorised encoder q(z | x) = \prod_j N(mu_j, sigma_j^2) and the prior N(0, I), in d = z_dim dimensions."""
    mu = sp.Matrix(z_dim, 1, lambda j, _: sp.Symbol(f"mu_{j + 1}", real=True))
    sigma = sp.Matrix(z_dim, 1, lambda j, _: sp.Symbol(f"sigma_{j + 1}", positive=True))
    return World(
        title=rf"q(z\mid x)=\prod_j\mathcal{{N}}(\mu_j,\sigma_j^2),\ p(z)=\mathcal{{N}}(0,I),\ d={z_dim}",
        values={r"\mu": mu, r"\sigma": sigma, "d": z_dim, "x": sp.Symbol("x", real=True), r"\pi": sp.pi},
        distributions={
            ("p", "z", ""): lambda _: Gaussian(sp.zeros(z_dim, 1), sp.eye(z_dim)),
            ("q", "z", "x"): lambda _: Gaussian(mu, sp.diag(*[s**2 for s in sigma])),
        },
    )


def _numbered(letter: str, sizes: tuple[int, ...], at: tuple[int, ...]) -> str:
    """`w_21` for an entry of a matrix, the bare letter for a scalar."""
    index = "".join(str(i + 1) for i, size in zip(at, sizes, strict=True) if size > 1)
    return f"{letter}_{index}" if index else letter


def _entry_of_root(z_dim: int, i: int, j: int) -> sp.Expr:
    """Entry of the lower triangular L in S = L L', with a positive diagonal."""
    if j > i:
        return sp.S.Zero
    return sp.Symbol(_numbered("s", (z_dim, z_dim), (i, j)), positive=i == j, real=True)
