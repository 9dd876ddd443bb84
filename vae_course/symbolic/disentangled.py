r"""The equations of chapter 9: the bounds of the disentangled VAE, their weights, and what leaks from part to part.

y = (y_1, y_2) are two labelled factors, z = (z_1, z_2) the parts of the code that belong to them, x is an image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sympy as sp

from vae_course.symbolic.distributions import (
    ByLogDensity,
    Finite,
    Gaussian,
    Value,
    column,
    log_gaussian_integral,
)
from vae_course.symbolic.factors import STATES, Table
from vae_course.symbolic.registry import definition, equation
from vae_course.symbolic.worlds import Bindings, World, probability, symbols

_PRODUCT = r"q_\times"  # the product of two marginals
VALUES = (1, 2)

bound_dis = definition(
    r"""\mathcal{D}(x, y) := \mathbb{E}_{q_\phi(z \mid y)}\left[ \log p_\theta(x \mid z) \right]
    + \sum_{k=1}^{2} \mathbb{E}_{q_\phi(z_k \mid y_k)}\left[ \log p_\theta(y_k \mid z_k) \right]
    - D_{\mathrm{KL}}\left( q_\phi(z \mid y) \,\|\, p(z) \right)"""
)
weighted_dis = definition(
    r"""\mathcal{D}_\lambda(x, y) := \lambda_0 \mathbb{E}_{q_\phi(z \mid y)}\left[ \log p_\theta(x \mid z) \right]
    + \sum_{k=1}^{2} \lambda_k \mathbb{E}_{q_\phi(z_k \mid y_k)}\left[ \log p_\theta(y_k \mid z_k) \right]
    - \beta D_{\mathrm{KL}}\left( q_\phi(z \mid y) \,\|\, p(z) \right)"""
)
bound_emb = definition(
    r"""\mathcal{E}(x, y) := \mathbb{E}_{q_\phi(z \mid x)}\left[ \log p_\theta(x \mid z) + \sum_{k=1}^{2} \log p_\theta(y_k \mid z_k) \right]
    - D_{\mathrm{KL}}\left( q_\phi(z \mid x) \,\|\, p(z) \right)"""
)


# --- the models


def _either(first: sp.Expr) -> Finite:
    return Finite((first, 1 - first))


def _pair(first: sp.Expr, second: sp.Expr) -> Table:
    """Two independent entries that are 1 with the probabilities given."""
    shares = (first, 1 - first), (second, 1 - second)
    return Table({(i, j): shares[0][i - 1] * shares[1][j - 1] for i, j in STATES})


def _normalised(shares: dict[tuple[int, int], sp.Expr]) -> Table:
    total = sp.Add(*shares.values())
    return Table({state: share / total for state, share in shares.items()})


def _entries(value: object) -> tuple[int, int]:
    first, second = column(value)
    return int(first), int(second)


def finite_factors(*, alike: bool = False) -> World:
    r"""Two parts, two factors and an image with two values each, and any encoders that are products; y = (1, 1), x = 1.

    p(z_k=1) = 1/2, p(y_k=z_k | z_k) = a_k, p(x=1 | z) is c_1 where z_1 = z_2 and c_2 where not,
    q(z_k=1 | y_k=1) = r_k, q(z_k=1 | x=1) = s_k. So few letters, because a proof is shown.

    Args:
        alike: the same a, r and s for both parts, and c_2 = 1 - c_1, for sums that are long.
    """
    half = sp.Rational(1, 2)
    prior = (half, half)
    right = sp.symbols("a_1 a_2", positive=True)
    same = sp.symbols("c_1 c_2", positive=True)
    if alike:
        right, same = sp.symbols("a a", positive=True), (same[0], 1 - same[0])
    a = {(k, j): right[k - 1] if j == 1 else 1 - right[k - 1] for k, j in STATES}
    c = {state: same[0] if state[0] == state[1] else same[1] for state in STATES}
    r, s = (
        sp.symbols(f"{letter} {letter}" if alike else f"{letter}_1 {letter}_2", positive=True)
        for letter in "rs"
    )

    def of_factor(k: int, y: int, z: int) -> sp.Expr:
        return a[k, z] if y == 1 else 1 - a[k, z]

    def joint(x: int | None, y: Sequence[int] | None) -> dict[tuple[int, int], sp.Expr]:
        """p(x, y, z) for each z, without what is None."""
        shares = {}
        for z in STATES:
            share = _pair(*prior).probabilities[z]
            if x is not None:
                share *= c[z] if x == 1 else 1 - c[z]
            if y is not None:
                share *= of_factor(1, y[0], z[0]) * of_factor(2, y[1], z[1])
            shares[z] = share
        return shares

    def evidence(x: int | None, y: Sequence[int] | None) -> sp.Expr:
        return sp.Add(*joint(x, y).values())

    def of_part(k: int):
        return lambda at: Finite(tuple(of_factor(k, y, int(at["z"])) for y in VALUES))

    return World(
        title=r"\text{finite: } p(z_k{=}1)=\tfrac12,\ p(y_k{=}z_k\mid z_k)=a_k,\ p(x{=}1\mid z)=c_1\text{ if }z_1=z_2,"
        r"\ \text{else }c_2,\ q(z_k{=}1\mid y)=r_k,\ q(z_k{=}1\mid x)=s_k,\ x=y_1=y_2=1"
        + (r",\ a_k=a,\ r_k=r,\ s_k=s,\ c_2=1-c_1" if alike else ""),
        values={
            "x": 1,
            "y": sp.Matrix([1, 1]),
            r"\lambda_0": sp.Symbol("lambda_0", positive=True),
            r"\lambda": sp.Matrix(sp.symbols("lambda_1 lambda_2", positive=True)),
            r"\beta": sp.Symbol("beta", positive=True),
        },
        distributions={
            ("p", "z", ""): lambda _: _pair(*prior),
            **{("p", f"z_{k}", ""): lambda _, k=k: _either(prior[k - 1]) for k in VALUES},
            **{("p", f"y_{k}", "z"): of_part(k) for k in VALUES},
            ("p", "x", "z"): lambda at: _either(c[_entries(at["z"])]),
            ("p", "x", ""): lambda _: Finite(tuple(evidence(x, None) for x in VALUES)),
            ("p", "y", ""): lambda _: Table({y: evidence(None, y) for y in STATES}),
            ("p", "y", "x"): lambda at: _normalised({y: evidence(int(at["x"]), y) for y in STATES}),
            ("p", "x", "y"): lambda at: Finite(
                tuple(evidence(x, _entries(at["y"])) / evidence(None, _entries(at["y"])) for x in VALUES)
            ),
            ("p", "z", "x,y"): lambda at: _normalised(joint(int(at["x"]), _entries(at["y"]))),
            ("p", "z", "x"): lambda at: _normalised(joint(int(at["x"]), None)),
            ("q", "z", "y"): lambda _: _pair(*r),
            **{("q", f"z_{k}", "y"): lambda _, k=k: _either(r[k - 1]) for k in VALUES},
            ("q", "z", "x"): lambda _: _pair(*s),
        },
        draw=probability,
    )


def gaussian_factors() -> World:
    r"""z_1, z_2 ~ N(0, 1), y_k | z_k ~ N(z_k, t^2), x | z ~ N(w_1 z_1 + w_2 z_2, \sigma^2), Gaussian encoders.

    q(z_k | y_k) = N(m_k, s_k^2), and q(z | x) is a product of N(n_k, u_k^2).
    """
    real = {name: sp.Symbol(name, real=True) for name in "x w_1 w_2 y_1 y_2 m_1 m_2 n_1 n_2".split()}  # noqa: SIM905
    sizes = {name: sp.Symbol(name, positive=True) for name in "sigma t s_1 s_2 u_1 u_2".split()}  # noqa: SIM905

    def two(letter: str) -> sp.Matrix:
        return sp.Matrix([(real | sizes)[f"{letter}_{k}"] for k in VALUES])

    prior = Gaussian(sp.zeros(2, 1), sp.eye(2))

    def image(at: Bindings) -> Gaussian:
        return Gaussian((two("w").T * column(at["z"]))[0, 0], sizes["sigma"] ** 2)

    def factor(at: Bindings) -> Gaussian:
        return Gaussian(at["z"], sizes["t"] ** 2)

    def log_factors(y: Value, z: Value) -> sp.Expr:
        return sp.Add(*(factor({"z": z[k]}).log_density(y[k]) for k in range(2)))

    def integrate(log_density) -> sp.Expr:
        z = sp.Matrix(sp.symbols("z_1 z_2", real=True))
        return log_gaussian_integral(log_density(z), list(z))

    def log_joint(x: Value, y: Value, z: Value) -> sp.Expr:
        return image({"z": z}).log_density(x) + log_factors(y, z) + prior.log_density(z)

    def log_both(x: Value, y: Value) -> sp.Expr:
        return integrate(lambda z: log_joint(x, y, z))

    factors = Gaussian(sp.zeros(2, 1), (1 + sizes["t"] ** 2) * sp.eye(2))
    encoders = {"y": ("m", "s"), "x": ("n", "u")}
    return World(
        title=r"\text{Gaussian: } z\sim\mathcal{N}(0,I),\ y_k\mid z_k\sim\mathcal{N}(z_k,t^2),\ "
        r"x\mid z\sim\mathcal{N}(w_1 z_1+w_2 z_2,\sigma^2),\ q(z_k\mid y)=\mathcal{N}(m_k,s_k^2),\ "
        r"q(z_k\mid x)=\mathcal{N}(n_k,u_k^2)",
        values={
            "x": real["x"],
            "y": two("y"),
            r"\lambda_0": sp.Symbol("lambda_0", positive=True),
            r"\lambda": sp.Matrix(sp.symbols("lambda_1 lambda_2", positive=True)),
            r"\beta": sp.Symbol("beta", positive=True),
        },
        distributions={
            ("p", "z", ""): lambda _: prior,
            **{("p", f"z_{k}", ""): lambda _: Gaussian(sp.S.Zero, sp.S.One) for k in VALUES},
            **{("p", f"y_{k}", "z"): factor for k in VALUES},
            ("p", "x", "z"): image,
            ("p", "y", ""): lambda _: factors,
            ("p", "x", "y"): lambda at: ByLogDensity(
                lambda x: log_both(x, at["y"]) - factors.log_density(at["y"])
            ),
            ("p", "z", "x,y"): lambda at: ByLogDensity(
                lambda z: log_joint(at["x"], at["y"], z) - log_both(at["x"], at["y"])
            ),
            **{
                ("q", "z", of): lambda _, m=m, s=s: Gaussian(two(m), sp.diag(*(e**2 for e in two(s))))
                for of, (m, s) in encoders.items()
            },
            **{
                ("q", f"z_{k}", "y"): lambda _, k=k: Gaussian(two("m")[k - 1], two("s")[k - 1] ** 2)
                for k in VALUES
            },
        },
    )


def _taught(world: World) -> World:
    return bound_emb(weighted_dis(bound_dis(world)))


def general() -> World:
    """Where a statement about any model is decided."""
    return _taught(finite_factors())


def both() -> tuple[World, World]:
    """Where a statement that has a short proof is decided."""
    return general(), _taught(gaussian_factors())


# --- the first stage


@equation(
    chapter=9,
    mutants={
        "a factor read from the whole code's prior": (r"{p_\theta(z \mid x, y)}", r"{p(z)}"),
        "the second factor left out": (r" \, p_\theta(y_2 \mid z_2)", ""),
    },
)
def dis_bayes():
    r"""
    \log p_\theta(x, y) = \mathbb{E}_{q_\phi(z \mid y)}\left[ \log \frac{p_\theta(x \mid z) \, p_\theta(y_1 \mid z_1) \, p_\theta(y_2 \mid z_2) \, p(z)}{p_\theta(z \mid x, y)} \right]
    """
    return general()


@equation(
    chapter=9,
    mutants={
        "the image's term left out": (r"\log p_\theta(x \mid z) + ", ""),
        "the quotients upside down": (
            r"\frac{q_\phi(z \mid y)}{p(z)}",
            r"\frac{p(z)}{q_\phi(z \mid y)}",
        ),
        "the posterior given the image alone": (r"{p_\theta(z \mid x, y)}", r"{p_\theta(x \mid z)}"),
    },
)
def dis_one():
    r"""
    \begin{aligned}
    \log p_\theta(x, y) & = \mathbb{E}_{q_\phi(z \mid y)}\left[ \log p_\theta(x \mid z) + \log p_\theta(y_1 \mid z_1) + \log p_\theta(y_2 \mid z_2) \right] \\
    & \quad - \mathbb{E}_{q_\phi(z \mid y)}\left[ \log \frac{q_\phi(z \mid y)}{p(z)} \right]
    + \mathbb{E}_{q_\phi(z \mid y)}\left[ \log \frac{q_\phi(z \mid y)}{p_\theta(z \mid x, y)} \right]
    \end{aligned}
    """
    return general()


@equation(
    chapter=9,
    mutants={
        "the first factor under the other's part": (
            r"\mathbb{E}_{q_\phi(z_1 \mid y_1)}",
            r"\mathbb{E}_{q_\phi(z_2 \mid y_2)}",
        ),
        "without the average": (
            r"\mathbb{E}_{q_\phi(z_1 \mid y_1)}\left[ \log p_\theta(y_1 \mid z_1) \right]",
            r"\log p_\theta(x, y)",
        ),
    },
)
def dis_part():
    r"""
    \mathbb{E}_{q_\phi(z \mid y)}\left[ \log p_\theta(y_1 \mid z_1) \right] = \mathbb{E}_{q_\phi(z_1 \mid y_1)}\left[ \log p_\theta(y_1 \mid z_1) \right]
    """
    return both()


@equation(
    chapter=9,
    mutants={
        "the first part twice": (
            r"\sum_{k=1}^{2} D_{\mathrm{KL}}\left( q_\phi(z_k \mid y_k) \,\|\, p(z_k) \right)",
            r"2 D_{\mathrm{KL}}\left( q_\phi(z_1 \mid y_1) \,\|\, p(z_1) \right)",
        ),
        "the mean of the parts": (r"= \sum", r"= \frac{1}{2} \sum"),
    },
)
def dis_kl():
    r"""
    D_{\mathrm{KL}}\left( q_\phi(z \mid y) \,\|\, p(z) \right)
    = \sum_{k=1}^{2} D_{\mathrm{KL}}\left( q_\phi(z_k \mid y_k) \,\|\, p(z_k) \right)
    """
    return both()


@equation(
    chapter=9,
    mutants={
        "an upper bound": (r"\ge 0", r"\le 0"),
        "the image's encoder": (r"\left( q_\phi(z \mid y) \,", r"\left( q_\phi(z \mid x) \,"),
        "the gap to the prior": (r"p_\theta(z \mid x, y) \right)", r"p(z) \right)"),
    },
)
def dis_gap():
    r"""
    \log p_\theta(x, y) - \mathcal{D}(x, y) = D_{\mathrm{KL}}\left( q_\phi(z \mid y) \,\|\, p_\theta(z \mid x, y) \right) \ge 0
    """
    return general()


@equation(
    chapter=9,
    mutants={
        "beta charged in full": (r"(\beta - 1)", r"\beta"),
        "the image weighed down": (r"+ (\lambda_0 - 1)", r"- (\lambda_0 - 1)"),
    },
)
def dis_weights():
    r"""
    \begin{aligned}
    \mathcal{D}_\lambda(x, y) & = \mathcal{D}(x, y) + (\lambda_0 - 1) \mathbb{E}_{q_\phi(z \mid y)}\left[ \log p_\theta(x \mid z) \right] \\
    & \quad + \sum_{k=1}^{2} (\lambda_k - 1) \mathbb{E}_{q_\phi(z_k \mid y_k)}\left[ \log p_\theta(y_k \mid z_k) \right]
    - (\beta - 1) D_{\mathrm{KL}}\left( q_\phi(z \mid y) \,\|\, p(z) \right)
    \end{aligned}
    """
    return general()


def _weights_of_one_or_more() -> World:
    """Weights 1 + e, each e in (0, 1)."""
    world = _taught(finite_factors())
    extra = sp.symbols("e_0 e_1 e_2 e_beta", positive=True)
    weights = {
        r"\lambda_0": 1 + extra[0],
        r"\lambda": sp.Matrix([1 + extra[1], 1 + extra[2]]),
        r"\beta": 1 + extra[3],
    }
    title = world.title + r",\ \lambda_0=1+e_0,\ \lambda_k=1+e_k,\ \beta=1+e_\beta"
    return replace(world, title=title, values={**world.values, **weights})


@equation(
    chapter=9,
    mutants={
        "above the bound": (r"\le \mathcal{D}(x, y)", r"\ge \mathcal{D}(x, y)"),
        "the bound of the logarithm's half": (r"\le \log p_\theta(x, y)", r"\le 2 \log p_\theta(x, y)"),
    },
)
def dis_still_bound():
    r"""
    \mathcal{D}_\lambda(x, y) \le \mathcal{D}(x, y) \le \log p_\theta(x, y)
    """
    return _weights_of_one_or_more()


@equation(
    chapter=9,
    mutants={
        "a wider normal": (r"\frac{\sigma^2}{\lambda}", r"\lambda \sigma^2"),
        "the constant forgotten": (r" - \frac{1}{2} \log \lambda", ""),
        "without the normaliser": (r" + \frac{1-\lambda}{2} \log (2 \pi \sigma^2)", ""),
    },
)
def dis_temper():
    r"""
    \lambda \log \mathcal{N}\left( x; \mu, \sigma^2 \right)
    = \log \mathcal{N}\left( x; \mu, \frac{\sigma^2}{\lambda} \right) + \frac{1-\lambda}{2} \log (2 \pi \sigma^2) - \frac{1}{2} \log \lambda
    """
    x, mu = sp.symbols("x mu", real=True)
    sigma, weight = sp.symbols("sigma lambda", positive=True)
    return symbols(
        r"x, \mu \in \mathbb{R},\ \sigma > 0,\ \lambda > 0",
        {"x": x, r"\mu": mu, r"\sigma": sigma, r"\lambda": weight, r"\pi": sp.pi},
    )


# --- what leaks


def _labelled_data() -> World:
    r"""Two fair factors that are equal with probability b; q(z_k=y_k | y_k) = r_k."""
    b = sp.Symbol("b", positive=True)
    shares = {y: (b if y[0] == y[1] else 1 - b) / 2 for y in STATES}
    right = sp.symbols("r_1 r_2", positive=True)
    r = {(k, j): right[k - 1] if j == 1 else 1 - right[k - 1] for k, j in STATES}

    def encode(k: int, z: int, y: int) -> sp.Expr:
        return r[k, y] if z == 1 else 1 - r[k, y]

    def seen(first: bool, second: bool) -> dict[tuple[int, int], sp.Expr]:
        """The joint distribution of (z_1 or y_1, z_2 or y_2)."""
        table = {}
        for one, two in STATES:
            table[one, two] = sp.Add(
                *(
                    share
                    * (encode(1, one, y[0]) if first else int(y[0] == one))
                    * (encode(2, two, y[1]) if second else int(y[1] == two))
                    for y, share in shares.items()
                )
            )
        return table

    def apart(table: dict[tuple[int, int], sp.Expr]) -> Table:
        first = table[1, 1] + table[1, 2]
        second = table[1, 1] + table[2, 1]
        return _pair(first, second)

    tables = {"y": seen(False, False), "z": seen(True, True), "z_1,y_2": seen(True, False)}
    return World(
        title=r"q(y_k{=}1)=\tfrac12,\ q(y_1{=}y_2)=b,\ q(z_k{=}y_k\mid y_k)=r_k",
        values={},
        distributions={
            **{("q", of, ""): lambda _, t=t: Table(t) for of, t in tables.items()},
            **{(_PRODUCT, of, ""): lambda _, t=t: apart(t) for of, t in tables.items()},
        },
        draw=probability,
    )


@equation(
    chapter=9,
    mutants={
        "more than in the data": (r"\le D", r"\ge D"),
        "a twentieth of it at most": (
            r"\le D_{\mathrm{KL}}\left( q(y)",
            r"\le \frac{1}{20} D_{\mathrm{KL}}\left( q(y)",
        ),
    },
)
def dis_leak():
    r"""
    D_{\mathrm{KL}}\left( q_\phi(z_1, y_2) \,\|\, q_\times(z_1, y_2) \right) \le D_{\mathrm{KL}}\left( q(y) \,\|\, q_\times(y) \right)
    """
    return _labelled_data()


@equation(
    chapter=9,
    mutants={
        "more than in the data": (r"\le D", r"\ge D"),
        "a twentieth of it at most": (
            r"\le D_{\mathrm{KL}}\left( q(y)",
            r"\le \frac{1}{20} D_{\mathrm{KL}}\left( q(y)",
        ),
    },
)
def dis_swap():
    r"""
    D_{\mathrm{KL}}\left( q_\phi(z) \,\|\, q_\times(z) \right) \le D_{\mathrm{KL}}\left( q(y) \,\|\, q_\times(y) \right)
    """
    return _labelled_data()


# --- the second stage


@equation(
    chapter=9,
    mutants={
        "an upper bound": (r"\ge 0", r"\le 0"),
        "the factors' encoder": (r"\left( q_\phi(z \mid x) \,", r"\left( q_\phi(z \mid y) \,"),
        "the divergence the other way round": (
            r"q_\phi(z \mid x) \,\|\, p_\theta(z \mid x, y)",
            r"p_\theta(z \mid x, y) \,\|\, q_\phi(z \mid x)",
        ),
    },
)
def emb_gap():
    r"""
    \log p_\theta(x, y) - \mathcal{E}(x, y) = D_{\mathrm{KL}}\left( q_\phi(z \mid x) \,\|\, p_\theta(z \mid x, y) \right) \ge 0
    """
    return general()


@equation(
    chapter=9,
    mutants={
        "the bound of one": (r"2 \log", r"\log"),
        "the first gap forgotten": (
            r" - D_{\mathrm{KL}}\left( q_\phi(z \mid y) \,\|\, p_\theta(z \mid x, y) \right)",
            "",
        ),
    },
)
def emb_sum():
    r"""
    \begin{aligned}
    & \mathcal{D}(x, y) + \mathcal{E}(x, y) \\
    & \quad = 2 \log p_\theta(x, y) - D_{\mathrm{KL}}\left( q_\phi(z \mid y) \,\|\, p_\theta(z \mid x, y) \right)
    - D_{\mathrm{KL}}\left( q_\phi(z \mid x) \,\|\, p_\theta(z \mid x, y) \right)
    \end{aligned}
    """
    return _taught(finite_factors(alike=True))


@equation(
    chapter=9,
    mutants={
        "labels do no harm": (r"\ge D", r"\le D"),
        "against the prior": (r"p_\theta(z \mid x) \right)", r"p(z) \right)"),
    },
)
def emb_average():
    r"""
    \mathbb{E}_{p_\theta(y \mid x)}\left[ D_{\mathrm{KL}}\left( q_\phi(z \mid x) \,\|\, p_\theta(z \mid x, y) \right) \right]
    \ge D_{\mathrm{KL}}\left( q_\phi(z \mid x) \,\|\, p_\theta(z \mid x) \right)
    """
    return finite_factors(alike=True)


@equation(
    chapter=9,
    mutants={
        "an upper bound": (r"\ge \mathbb", r"\le \mathbb"),
        "both factors' terms": (
            r"\log p_\theta(x \mid z) \right]",
            r"\log p_\theta(x \mid z) - \log p_\theta(y_1 \mid z_1) \right]",
        ),
    },
)
def emb_weak():
    r"""
    \log p_\theta(x) \ge \mathbb{E}_{q_\phi(z \mid x)}\left[ \log p_\theta(x \mid z) \right] - D_{\mathrm{KL}}\left( q_\phi(z \mid x) \,\|\, p(z) \right)
    """
    return finite_factors()
