r"""The equations of chapter 7: the decomposition of the KL term, and factorised codes.

Two exact models carry the chapter. In one the data are two examples and the code has two coordinates of two states
each, so that the aggregate posterior, its marginals and a shuffled batch can be written out. In the other x and z are
Gaussian, so that the aggregate posterior is a Gaussian too.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import permutations, product

import sympy as sp

from vae_course.symbolic.distributions import (
    ByLogDensity,
    Distribution,
    Finite,
    Gaussian,
    Value,
    column,
    split_logs,
)
from vae_course.symbolic.elbo import elbo
from vae_course.symbolic.evaluate import Evaluator
from vae_course.symbolic.latex import Node
from vae_course.symbolic.registry import definition, equation
from vae_course.symbolic.worlds import World, linear_gaussian, probability, symbols

STATES = tuple(product((1, 2), repeat=2))
_PRODUCT = r"q_\times"  # the product of the marginals

optimal_discriminator = definition(r"""\mathcal{D}(z) := \frac{q_\phi(z)}{q_\phi(z) + q_\times(z)}""")


# --- the models


@dataclass(frozen=True)
class Table:
    """A distribution over pairs (z_1, z_2), each coordinate 1 or 2, given by the probability of each pair."""

    probabilities: dict[tuple[int, int], sp.Expr]

    def log_density(self, value: Value) -> sp.Expr:
        return split_logs(sp.log(self.probabilities[tuple(int(entry) for entry in value)]))

    def expectation(self, function: Callable[[Value], sp.Expr]) -> sp.Expr:
        return sp.Add(*(p * function(sp.Matrix(state)) for state, p in self.probabilities.items()))


def _always(distribution: Distribution | Table) -> Callable[[object], Distribution | Table]:
    return lambda _: distribution


def _product(first: sp.Expr, second: sp.Expr) -> Table:
    """The pairs of two independent coordinates that are 1 with the probabilities given."""
    chances = {1: (first, 1 - first), 2: (second, 1 - second)}
    return Table({state: chances[1][state[0] - 1] * chances[2][state[1] - 1] for state in STATES})


def two_examples() -> World:
    r"""Two examples, N = 2, and a code of two binary coordinates.

    q(z_1=1 | x_1) = a, q(z_2=1 | x_1) = b, and for x_2 the other way round; p(z_k=1) = \pi.
    """
    a, b, prior = sp.symbols("a b pi", positive=True)
    given = {1: _product(a, b), 2: _product(1 - a, 1 - b)}
    both = Table({s: sp.factor((given[1].probabilities[s] + given[2].probabilities[s]) / 2) for s in STATES})
    half = sp.Rational(1, 2)
    return World(
        title=r"\text{two examples: } q(z_1{=}1\mid x_1)=a,\ q(z_2{=}1\mid x_1)=b,\ "
        r"q(z_k{=}1\mid x_2)=1-q(z_k{=}1\mid x_1),\ p(z_k{=}1)=\pi",
        values={"M": 2, "N": 2},
        distributions={
            ("q", "x", ""): _always(Finite((half, half))),
            ("q", "z", "x"): lambda at: given[int(at["x"])],
            ("q", "z", ""): _always(both),
            ("q", "z_1", ""): _always(Finite((half, half))),
            ("q", "z_2", ""): _always(Finite((half, half))),
            (_PRODUCT, "z", ""): _always(_product(half, half)),
            ("p", "z", ""): _always(_product(prior, prior)),
            ("p", "z_1", ""): _always(Finite((prior, 1 - prior))),
            ("p", "z_2", ""): _always(Finite((prior, 1 - prior))),
        },
        draw=probability,
    )


def any_pairs() -> World:
    r"""Any distribution of a code of two binary coordinates: q(z_1=1) = a, q(z_2=1 | z_1=1) = b, q(z_2=1 | z_1=2) = c."""
    a, b, c = sp.symbols("a b c", positive=True)
    pairs = {(1, 1): a * b, (1, 2): a * (1 - b), (2, 1): (1 - a) * c, (2, 2): (1 - a) * (1 - c)}
    return World(
        title=r"q(z_1{=}1)=a,\ q(z_2{=}1\mid z_1{=}1)=b,\ q(z_2{=}1\mid z_1{=}2)=c",
        values={"M": 2, "z": sp.Matrix([1, 2])},
        distributions={
            ("q", "z", ""): _always(Table(pairs)),
            (_PRODUCT, "z", ""): _always(_product(a, a * b + (1 - a) * c)),
        },
        draw=probability,
    )


def gaussian_codes() -> World:
    r"""Gaussian data and a Gaussian code: x ~ N(0, 1), z_k = u_k x + s_k times noise, p(z) = N(0, I)."""
    u = sp.Matrix(sp.symbols("u_1 u_2", real=True))
    s = sp.Matrix(sp.symbols("s_1 s_2", positive=True))
    noise = sp.diag(*(entry**2 for entry in s))
    spread = u * u.T + noise
    zero = sp.zeros(2, 1)
    sigma, w = sp.Symbol("sigma", positive=True), sp.Matrix([[1, 1]])
    marginals = {("q", f"z_{k + 1}", ""): _always(Gaussian(sp.S.Zero, spread[k, k])) for k in range(2)}
    priors = {("p", f"z_{k + 1}", ""): _always(Gaussian(sp.S.Zero, sp.S.One)) for k in range(2)}
    return World(
        title=r"x\sim\mathcal{N}(0,1),\ z_k\mid x\sim\mathcal{N}(u_k x,s_k^2),\ p(z)=\mathcal{N}(0,I),\ M=2",
        values={"M": 2, r"\beta": sp.Symbol("beta", positive=True)},
        distributions={
            ("q", "x", ""): _always(Gaussian(sp.S.Zero, sp.S.One)),
            ("q", "z", "x"): lambda at: Gaussian(u * at["x"], noise),
            ("q", "z", ""): _always(Gaussian(zero, spread)),
            (_PRODUCT, "z", ""): _always(Gaussian(zero, sp.diag(spread[0, 0], spread[1, 1]))),
            ("p", "z", ""): _always(Gaussian(zero, sp.eye(2))),
            ("p", "x", "z"): lambda at: Gaussian((w * column(at["z"]))[0, 0], sigma**2),
            **marginals,
            **priors,
        },
    )


def _at(world: World, z: Value) -> World:
    return replace(world, values={**world.values, "x": 1, "z": z})


# --- the KL term, taken apart


@equation(
    chapter=7,
    mutants={
        "the aggregate posterior upside down": (
            r"\log \frac{q_\phi(z)}{q_\times(z)}",
            r"\log \frac{q_\times(z)}{q_\phi(z)}",
        ),
        "the product of marginals left out": (r"{q_\times(z)}", r"{p(z)}"),
    },
)
def factors_telescope():
    r"""
    \log \frac{q_\phi(z \mid x)}{p(z)}
    = \log \frac{q_\phi(z \mid x)}{q_\phi(z)} + \log \frac{q_\phi(z)}{q_\times(z)}
    + \sum_{k=1}^{M} \log \frac{q_\phi(z_k)}{p(z_k)}
    """
    return _at(two_examples(), sp.Matrix([1, 2])), _at(
        gaussian_codes(), sp.Matrix(sp.symbols("z_1 z_2", real=True))
    )


@equation(
    chapter=7,
    mutants={
        "the total correlation subtracted": (
            r"+ \underbrace{D_{\mathrm{KL}}\left( q_\phi(z) \,\|",
            r"- \underbrace{D_{\mathrm{KL}}\left( q_\phi(z) \,\|",
        ),
        "the posterior for the aggregate posterior": (
            r"\left( q_\phi(z) \,\|\, q_\times(z)",
            r"\left( q_\phi(z) \,\|\, p(z)",
        ),
        "the mutual information with its arguments swapped": (
            r"\left( q_\phi(z \mid x) \,\|\, q_\phi(z) \right)",
            r"\left( q_\phi(z) \,\|\, q_\phi(z \mid x) \right)",
        ),
    },
)
def factors_decomposition():
    r"""
    \begin{aligned}
    & \mathbb{E}_{q(x)}\left[ D_{\mathrm{KL}}\left( q_\phi(z \mid x) \,\|\, p(z) \right) \right] \\
    & \quad = \underbrace{\mathbb{E}_{q(x)}\left[ D_{\mathrm{KL}}\left( q_\phi(z \mid x) \,\|\, q_\phi(z) \right) \right]}_{\text{information about the index}}
    + \underbrace{D_{\mathrm{KL}}\left( q_\phi(z) \,\|\, q_\times(z) \right)}_{\text{total correlation}}
    + \underbrace{\sum_{k=1}^{M} D_{\mathrm{KL}}\left( q_\phi(z_k) \,\|\, p(z_k) \right)}_{\text{KL of each dimension}}
    \end{aligned}
    """
    return two_examples(), gaussian_codes()


@equation(
    chapter=7,
    mutants={
        "half as much at most": (r"\log N", r"\frac{1}{2} \log N"),
        "at least as much": (r"\le \log", r"\ge \log"),
    },
)
def factors_index_code():
    r"""
    \mathbb{E}_{q(x)}\left[ D_{\mathrm{KL}}\left( q_\phi(z \mid x) \,\|\, q_\phi(z) \right) \right] \le \log N
    """
    return two_examples()


@equation(
    chapter=7,
    mutants={
        "the half left out": (r"- \frac{1}{2}", "-"),
        "the correlation not squared": (r"\rho^2", r"\rho"),
    },
)
def factors_gaussian_tc():
    r"""
    D_{\mathrm{KL}}\left( q_\phi(z) \,\|\, q_\times(z) \right) = - \frac{1}{2} \log (1 - \rho^2)
    """
    rho, *s = sp.symbols("rho s_1 s_2", positive=True)
    spread = sp.Matrix([[s[0] ** 2, rho * s[0] * s[1]], [rho * s[0] * s[1], s[1] ** 2]])
    zero = sp.zeros(2, 1)
    return World(
        title=r"q_\phi(z)=\mathcal{N}(0,S),\ S_{kk}=s_k^2,\ S_{12}=\rho s_1 s_2",
        values={r"\rho": rho},
        distributions={
            ("q", "z", ""): _always(Gaussian(zero, spread)),
            (_PRODUCT, "z", ""): _always(Gaussian(zero, sp.diag(s[0] ** 2, s[1] ** 2))),
        },
        draw=probability,
    )


@equation(
    chapter=7,
    mutants={
        "charged beta times too often": (r"- (\beta - 1) D", r"- \beta D"),
        "the information charged with beta": (
            r"- \mathbb{E}_{q(x)}\left[ D",
            r"- \beta \mathbb{E}_{q(x)}\left[ D",
        ),
    },
)
def factors_tcvae():
    r"""
    \begin{aligned}
    & \mathbb{E}_{q(x)}\left[ \mathcal{L}(x) \right] - (\beta - 1) D_{\mathrm{KL}}\left( q_\phi(z) \,\|\, q_\times(z) \right) \\
    & \quad = \mathbb{E}_{q(x)}\left[ \mathbb{E}_{q_\phi(z \mid x)}\left[ \log p_\theta(x \mid z) \right] \right]
    - \mathbb{E}_{q(x)}\left[ D_{\mathrm{KL}}\left( q_\phi(z \mid x) \,\|\, q_\phi(z) \right) \right] \\
    & \quad \quad - \beta D_{\mathrm{KL}}\left( q_\phi(z) \,\|\, q_\times(z) \right)
    - \sum_{k=1}^{M} D_{\mathrm{KL}}\left( q_\phi(z_k) \,\|\, p(z_k) \right)
    \end{aligned}
    """
    return elbo(gaussian_codes())


# --- the aggregate posterior from a minibatch


def _batches(N: int, B: int) -> World:
    """q(z | x_n) = a_n at one fixed z, and all batches y_1, ..., y_B of different examples with y_1 = x_1 in front."""
    a = sp.symbols(f"a_1:{N + 1}", positive=True)

    def average(function: Callable[[dict[str, object]], sp.Expr]) -> sp.Expr:
        batches = [sp.Matrix([1, *others]) for others in permutations(range(2, N + 1), B - 1)]
        return sp.Add(*(function({"y": batch}) for batch in batches)) / len(batches)

    return World(
        title=rf"N={N},\ B={B},\ q(z\mid x_n)=a_n",
        values={"N": N, "B": B, "x": sp.Matrix(range(1, N + 1)), "z": sp.S.Zero, "y": sp.Matrix([1])},
        distributions={
            ("q", "z", given): lambda at: ByLogDensity(
                lambda _, at=at: sp.log(a[int(next(iter(at.values()))) - 1])
            )
            for given in ("x", "y")
        },
        average=average,
    )


@equation(
    chapter=7,
    mutants={
        "too large": (r"\frac{N-B}{B (N-1)}", r"\frac{N-1}{B (N-1)}"),
        "no bias at all": (
            r" + \frac{N-B}{B (N-1)} \left( q_\phi(z \mid x_1) - \frac{1}{N} \sum_{n=1}^{N} q_\phi(z \mid x_n) \right)",
            "",
        ),
    },
)
def factors_naive():
    r"""
    \mathbb{E}\left[ \frac{1}{B} \sum_{j=1}^{B} q_\phi(z \mid y_j) \right]
    = \frac{1}{N} \sum_{n=1}^{N} q_\phi(z \mid x_n) + \frac{N-B}{B (N-1)} \left( q_\phi(z \mid x_1) - \frac{1}{N} \sum_{n=1}^{N} q_\phi(z \mid x_n) \right)
    """
    return _batches(4, 2), _batches(4, 3)


@equation(
    chapter=7,
    mutants={
        "all examples weighed alike": (r"\frac{N-1}{N (B-1)}", r"\frac{1}{N}"),
        "the draw's own example weighed as the others": (
            r"\frac{1}{N} q_\phi(z \mid y_1)",
            r"\frac{1}{B} q_\phi(z \mid y_1)",
        ),
    },
)
def factors_stratified():
    r"""
    \mathbb{E}\left[ \frac{1}{N} q_\phi(z \mid y_1) + \frac{N-1}{N (B-1)} \sum_{j=2}^{B} q_\phi(z \mid y_j) \right]
    = \frac{1}{N} \sum_{n=1}^{N} q_\phi(z \mid x_n)
    """
    return _batches(4, 2), _batches(4, 3)


@equation(
    chapter=7,
    mutants={
        "the others weighed as if the draw's own were among them": (
            r"\frac{N-1}{N (B-1)}",
            r"\frac{N}{N (B-1)}",
        ),
        "all examples of the batch weighed so": (r"(B-1) \,", r"B \,"),
    },
)
def factors_row():
    r"""
    \frac{1}{N} + (B-1) \, \frac{N-1}{N (B-1)} = 1
    """
    N, B = sp.symbols("N B", positive=True)
    return symbols(r"N > 0,\ B \ne 1", {"N": N, "B": B})


@equation(
    chapter=7,
    mutants={
        "above on average": (r"\le \log", r"\ge \log"),
        "the sum of the whole data set": (
            r"\log \left( \frac{1}{N} \sum_{n",
            r"\log \left( \frac{1}{2 N} \sum_{n",
        ),
    },
)
def factors_log_bias():
    r"""
    \mathbb{E}\left[ \log \left( \frac{1}{N} q_\phi(z \mid y_1) + \frac{N-1}{N (B-1)} \sum_{j=2}^{B} q_\phi(z \mid y_j) \right) \right]
    \le \log \left( \frac{1}{N} \sum_{n=1}^{N} q_\phi(z \mid x_n) \right)
    """
    return _batches(4, 2)


# --- the density ratio


@equation(
    chapter=7,
    mutants={
        "a minimum": (r"\le q", r"\ge q"),
        "real and shuffled swapped": (r"+ q_\times(z) \log (1 - \delta)", r"+ q_\times(z) \log \delta"),
    },
)
def factors_discriminator():
    r"""
    q_\phi(z) \log \delta + q_\times(z) \log (1 - \delta)
    \le q_\phi(z) \log \mathcal{D}(z) + q_\times(z) \log \left( 1 - \mathcal{D}(z) \right)
    """
    a, b, delta = sp.symbols("a b delta", positive=True)
    world = World(
        title=r"q_\phi(z)=a,\ q_\times(z)=b,\ 0<\delta<1",
        values={"z": sp.S.Zero, r"\delta": delta},
        distributions={
            ("q", "z", ""): _always(ByLogDensity(lambda _: sp.log(a))),
            (_PRODUCT, "z", ""): _always(ByLogDensity(lambda _: sp.log(b))),
        },
        draw=probability,
    )
    return optimal_discriminator(world)


@equation(
    chapter=7,
    mutants={
        "the ratio upside down": (
            r"\frac{\mathcal{D}(z)}{1 - \mathcal{D}(z)}",
            r"\frac{1 - \mathcal{D}(z)}{\mathcal{D}(z)}",
        ),
        "averaged over shuffled codes": (r"\mathbb{E}_{q_\phi(z)}", r"\mathbb{E}_{q_\times(z)}"),
    },
)
def factors_logit():
    r"""
    D_{\mathrm{KL}}\left( q_\phi(z) \,\|\, q_\times(z) \right)
    = \mathbb{E}_{q_\phi(z)}\left[ \log \frac{\mathcal{D}(z)}{1 - \mathcal{D}(z)} \right]
    """
    return optimal_discriminator(any_pairs())


@equation(
    chapter=7,
    mutants={
        "as if no code met itself": (r" + \frac{1}{B} q_\phi(z)", ""),
        "as if nothing were shuffled": (r"q_\times(z)", r"q_\phi(z)"),
    },
)
def factors_shuffle():
    r"""
    \mathcal{S}(z) = \left( 1 - \frac{1}{B} \right) q_\times(z) + \frac{1}{B} q_\phi(z)
    """

    def shuffled(B: int) -> World:
        """The first code of a shuffled batch, by going through all batches and all ways to shuffle both coordinates."""
        world = any_pairs()
        chances = world.distributions[("q", "z", "")]({}).probabilities

        def chance_of(evaluator: Evaluator, node: Node) -> sp.Expr:
            wanted = tuple(int(entry) for entry in evaluator.value(node))
            return sp.Add(
                *(
                    sp.prod([chances[state] for state in batch]) / B**2
                    for batch in product(STATES, repeat=B)
                    for i, j in product(range(B), repeat=2)  # the rows that the two coordinates come from
                    if (batch[i][0], batch[j][1]) == wanted
                )
            )

        return replace(
            world, title=rf"{world.title},\ B={B}", values={**world.values, "B": B, "S": chance_of}
        )

    return shuffled(2), shuffled(3)


# --- what the marginal distribution of z cannot say


def _rotation() -> sp.Matrix:
    """Any rotation of the plane but the one by 180 degrees, without a sine: t is the tangent of half its angle."""
    t = sp.Symbol("t", real=True)
    return sp.Matrix([[1 - t**2, -2 * t], [2 * t, 1 - t**2]]) / (1 + t**2)


@equation(
    chapter=7,
    mutants={
        "stretched as well": (r"\mathcal{N}(R z;", r"\mathcal{N}(2 R z;"),
        "sheared": (r"R z;", r"(R + I) z;"),
    },
)
def factors_rotation():
    r"""
    \log \mathcal{N}(R z; 0, I) = \log \mathcal{N}(z; 0, I)
    """
    z = sp.Matrix(sp.symbols("z_1 z_2", real=True))
    return symbols(r"R^\top R = I,\ z \in \mathbb{R}^2", {"R": _rotation(), "z": z})


@equation(
    chapter=7,
    mutants={
        "turned on one side only": (r"W R (W R)^\top", r"W R W^\top"),
        "the noise left out": (r"(W R)^\top + \sigma^2 I", r"(W R)^\top + I"),
    },
)
def factors_equivalent():
    r"""
    \log \mathcal{N}\left( x; b, W R (W R)^\top + \sigma^2 I \right)
    = \log \mathcal{N}\left( x; b, W W^\top + \sigma^2 I \right)
    """
    world = linear_gaussian(x_dim=1, z_dim=2)
    return replace(
        world,
        title=r"x\sim\mathcal{N}(Wz+b,\sigma^2),\ z\in\mathbb{R}^2,\ R^\top R=I",
        values={**world.values, "R": _rotation()},
    )


@equation(
    chapter=7,
    mutants={
        "the entropy with the wrong sign": (r"- \frac{\beta - 1}{2}", r"+ \frac{\beta - 1}{2}"),
        "the prior not shrunk": (r"\frac{1}{\beta}) \right)", r"1) \right)"),
    },
)
def factors_overlap():
    r"""
    \beta \, D_{\mathrm{KL}}\left( \mathcal{N}(\mu, \sigma^2) \,\|\, \mathcal{N}(0, 1) \right)
    = D_{\mathrm{KL}}\left( \mathcal{N}(\mu, \sigma^2) \,\|\, \mathcal{N}(0, \frac{1}{\beta}) \right)
    - \frac{\beta - 1}{2} \left( \log \sigma^2 + 1 \right) + \frac{1}{2} \log \beta
    """
    return symbols(
        r"\mu \in \mathbb{R},\ \sigma, \beta > 0",
        {
            r"\mu": sp.Symbol("mu", real=True),
            r"\sigma": sp.Symbol("sigma", positive=True),
            r"\beta": sp.Symbol("beta", positive=True),
        },
    )


@equation(
    chapter=7,
    mutants={
        "the slab for free": (r" - \log \pi", ""),
        "the fee of the spike": (r"\log \pi", r"\log (1 - \pi)"),
        "a bound from below": (r"\le D", r"\ge D"),
    },
)
def factors_slab():
    r"""
    D_{\mathrm{KL}}\left( q_\phi(z_k \mid x) \,\|\, p(z_k) \right)
    \le D_{\mathrm{KL}}\left( q_\phi(z_k \mid x) \,\|\, p_1(z_k) \right) - \log \pi
    """
    share, q, slab, spike = sp.symbols("pi q a_1 a_0", positive=True)
    both = share * slab + (1 - share) * spike
    return World(
        title=r"\text{two values of } z_k:\ q(1\mid x)=q,\ p_1(1)=a_1,\ p_0(1)=a_0,\ p=\pi p_1+(1-\pi)p_0",
        values={"x": 1, r"\pi": share},
        distributions={
            ("q", "z", "x"): _always(Finite((q, 1 - q))),
            ("p", "z", ""): _always(Finite((both, 1 - both))),
            ("p_1", "z", ""): _always(Finite((slab, 1 - slab))),
        },
        draw=probability,
    )


# --- factors that are dependent once x is known


def _posterior(letter: str, W: sp.Matrix, sigma: sp.Symbol, title: str) -> World:
    """p(letter | x) and its marginals for letter ~ N(0, I) and x ~ N(W letter, sigma^2 I), by conditioning on x."""
    rows, size = W.shape
    x = sp.Matrix(rows, 1, lambda i, _: sp.Symbol(f"x_{i + 1}" if rows > 1 else "x", real=True))
    at = sp.Matrix(size, 1, lambda i, _: sp.Symbol(f"{letter}_{i + 1}", real=True))
    gain = (W.T * (W * W.T + sigma**2 * sp.eye(rows)).inv()).applyfunc(sp.factor)
    mean = (gain * x).applyfunc(sp.factor)
    spread = (sp.eye(size) - gain * W).applyfunc(sp.factor)
    marginals = {
        ("p", f"{letter}_{k + 1}", "x"): _always(Gaussian(mean[k], spread[k, k])) for k in range(size)
    }
    return World(
        title=title,
        values={"x": x, letter: at, "K": size, "H": size, r"\sigma": sigma},
        distributions={
            ("p", letter, "x"): _always(Gaussian(mean, spread)),
            (r"p_\times", letter, "x"): _always(
                Gaussian(mean, sp.diag(*(spread[k, k] for k in range(size))))
            ),
            **marginals,
        },
    )


@equation(
    chapter=7,
    mutants={
        "a mean for the sum": (r"\sum_{k=1}^{K}", r"\frac{1}{K} \sum_{k=1}^{K}"),
        "the first factor alone": (r"\log p(v_k", r"\log p(v_1"),
    },
)
def factors_independent():
    r"""
    \log p(v \mid x) = \sum_{k=1}^{K} \log p(v_k \mid x)
    """
    a, b = sp.symbols("a b", positive=True)
    W = _rotation() * sp.diag(a, b)
    return _posterior(
        "v",
        W.subs(sp.Symbol("t", real=True), sp.Rational(1, 2)),
        sp.Symbol("sigma", positive=True),
        r"v\sim\mathcal{N}(0,I),\ x\sim\mathcal{N}(Wv,\sigma^2 I),\ W^\top W=\operatorname{diag}(a^2,b^2)",
    )


@equation(
    chapter=7,
    mutants={
        "the posterior of a single factor": (r"(2 + \sigma^2)", r"(1 + \sigma^2)"),
        "the half left out": (r"\frac{1}{2} \log", r"\log"),
        "no dependence": (r"(1 + \sigma^2)^2", r"\sigma^2 (2 + \sigma^2)"),
    },
)
def factors_dependent():
    r"""
    D_{\mathrm{KL}}\left( p(w \mid x) \,\|\, p_\times(w \mid x) \right)
    = \frac{1}{2} \log \frac{(1 + \sigma^2)^2}{\sigma^2 (2 + \sigma^2)}
    """
    return _posterior(
        "w",
        sp.Matrix([[1, 1]]),
        sp.Symbol("sigma", positive=True),
        r"w\sim\mathcal{N}(0,I),\ x\sim\mathcal{N}(w_1+w_2,\sigma^2)",
    )


@equation(
    chapter=7,
    mutants={
        "free of charge": (r"\ge \frac{1}{2}", r"\le \frac{1}{2}"),
        "twice the price": (r"\ge \frac{1}{2}", r"\ge"),
    },
)
def factors_diagonal():
    r"""
    D_{\mathrm{KL}}\left( \mathcal{N}(m, T) \,\|\, \mathcal{N}(m, S) \right)
    \ge \frac{1}{2} \left( \sum_{k=1}^{M} \log \lambda_k + \log \operatorname{det}(S) \right)
    """
    t_1, t_2, r, s, c = sp.symbols("t_1 t_2 r s c", positive=True)
    root = sp.Matrix([[r, 0], [c, s]])
    S = root * root.T
    precision = S.inv().applyfunc(sp.factor)
    return symbols(
        r"T=\operatorname{diag}(t_1,t_2),\ S\ \text{any covariance},\ \lambda_k=(S^{-1})_{kk},\ M=2",
        {
            "T": sp.diag(t_1, t_2),
            "S": S,
            r"\lambda": sp.Matrix([precision[0, 0], precision[1, 1]]),
            "m": sp.zeros(2, 1),
            "M": 2,
        },
    )
