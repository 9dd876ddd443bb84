r"""The equations of chapter 1: latent variables, the evidence as an integral, and what it costs to estimate it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import sympy as sp

from vae_course.symbolic.distributions import Finite, Gaussian, column, scalar
from vae_course.symbolic.evaluate import Evaluator
from vae_course.symbolic.latex import parse_definition
from vae_course.symbolic.registry import equation
from vae_course.symbolic.worlds import (
    Bindings,
    World,
    linear_gaussian,
    symbols,
    two_states,
)

# --- what "similar" means


def _data_and_model() -> World:
    """Any two distributions over three values of x: the data's and the model's, each given by positive numbers."""
    a, b = sp.symbols("a_1:4", positive=True), sp.symbols("b_1:4", positive=True)
    return World(
        title=r"\text{three values of } x:\ p_{\mathrm{data}}(k) \propto a_k,\ p_\theta(k) \propto b_k",
        distributions={
            ("p_data", "x", ""): lambda _: Finite(tuple(a_k / sp.Add(*a) for a_k in a)),
            ("p", "x", ""): lambda _: Finite(tuple(b_k / sp.Add(*b) for b_k in b)),
        },
    )


@equation(
    chapter=1,
    mutants={
        "the two densities swapped": (
            r"p_{\mathrm{data}}(x) \,\|\, p_\theta(x)",
            r"p_\theta(x) \,\|\, p_{\mathrm{data}}(x)",
        ),
        "the entropy with the wrong sign": (
            r"= \mathbb{E}_{p_{\mathrm{data}}(x)}",
            r"= - \mathbb{E}_{p_{\mathrm{data}}(x)}",
        ),
        "samples of the model in place of data": (
            r"- \mathbb{E}_{p_{\mathrm{data}}(x)}",
            r"- \mathbb{E}_{p_\theta(x)}",
        ),
    },
)
def generative_divergence():
    r"""
    D_{\mathrm{KL}}\left( p_{\mathrm{data}}(x) \,\|\, p_\theta(x) \right)
    = \mathbb{E}_{p_{\mathrm{data}}(x)}\left[ \log p_{\mathrm{data}}(x) \right]
    - \mathbb{E}_{p_{\mathrm{data}}(x)}\left[ \log p_\theta(x) \right]
    """
    return _data_and_model()


@equation(
    chapter=1,
    mutants={
        "a lower bound": (r"\le \mathbb", r"\ge \mathbb"),
        "samples of the model in place of data": (
            r"\mathbb{E}_{p_{\mathrm{data}}(x)}\left[ \log p_\theta(x) \right] \le",
            r"\mathbb{E}_{p_\theta(x)}\left[ \log p_\theta(x) \right] \le",
        ),
    },
)
def generative_ceiling():
    r"""
    \mathbb{E}_{p_{\mathrm{data}}(x)}\left[ \log p_\theta(x) \right] \le \mathbb{E}_{p_{\mathrm{data}}(x)}\left[ \log p_{\mathrm{data}}(x) \right]
    """
    return _data_and_model()


@equation(
    chapter=1,
    mutants={
        "one dimension only": (r"D \log c", r"\log c"),
        "the wrong direction": (r"+ D \log c", r"- D \log c"),
        "the spread not rescaled": (r"\frac{\sigma^2}{c^2} I", r"\sigma^2 I"),
    },
)
def generative_scale():
    r"""
    \log \mathcal{N}\left( \frac{x}{c}; \frac{\mu}{c}, \frac{\sigma^2}{c^2} I \right) = \log \mathcal{N}\left( x; \mu, \sigma^2 I \right) + D \log c
    """
    sigma, c = sp.symbols("sigma c", positive=True)
    x, mu = (sp.Matrix(sp.symbols(f"{letter}_1:3", real=True)) for letter in ("x", "mu"))
    return symbols("D = 2,\\ c > 0", {"x": x, r"\mu": mu, r"\sigma": sigma, "c": c, "D": 2})


# --- a hidden cause


@equation(
    chapter=1,
    mutants={
        "the prior left out": (r"p_\theta(x \mid z) \, p(z) \, dz", r"p_\theta(x \mid z) \, dz"),
        "averaged over the posterior": (r"\mathbb{E}_{p(z)}", r"\mathbb{E}_{p_\theta(z \mid x)}"),
    },
)
def latent_evidence():
    r"""
    p_\theta(x) = \int p_\theta(x \mid z) \, p(z) \, dz = \mathbb{E}_{p(z)}\left[ p_\theta(x \mid z) \right]
    """
    return two_states()


# --- the linear-Gaussian model


def _with_covariance(x_dim: int, z_dim: int) -> World:
    """The linear-Gaussian model with C = W W' + sigma^2 I, r = x - b and the sizes D and d as letters of their own."""
    world = linear_gaussian(x_dim, z_dim)
    W, sigma = column(world.values["W"]), world.values[r"\sigma"]
    return replace(
        world,
        values={
            **world.values,
            "C": scalar(W * W.T + sigma**2 * sp.eye(x_dim)),
            "r": scalar(column(world.values["x"]) - column(world.values["b"])),
            "D": x_dim,
            "d": z_dim,
            r"\pi": sp.pi,
        },
    )


def _wide_and_narrow() -> tuple[World, World]:
    return _with_covariance(2, 1), _with_covariance(1, 2)


def _drawn() -> World:
    """The linear-Gaussian model with x drawn: \\mathbb{E}[...] is the mean over z and the noise."""
    world = linear_gaussian(x_dim=2, z_dim=2)
    W, b, sigma = world.values["W"], world.values["b"], world.values[r"\sigma"]
    noise = Gaussian(sp.zeros(4, 1), sp.eye(4))

    def average(function: Callable[[Bindings], sp.Matrix]) -> sp.Matrix:
        def entry(i: int, j: int) -> sp.Expr:
            def of_draw(draw: sp.Matrix) -> sp.Expr:
                x = W * draw[:2, :] + b + sigma * draw[2:, :]
                return column(function({"x": x, "r": x - b}))[i, j]

            return noise.expectation(of_draw)

        shape = column(function({"x": b, "r": b})).shape
        return scalar(sp.Matrix(*shape, entry))

    return replace(world, average=average)


@equation(
    chapter=1,
    mutants={
        "the transpose on the wrong side": (r"W W^\top", r"W^\top W"),
        "sigma for sigma squared": (r"\sigma^2 I", r"\sigma I"),
        "the noise forgotten": (r" + \sigma^2 I", ""),
    },
)
def latent_covariance():
    r"""
    \mathbb{E}\left[ r r^\top \right] = W W^\top + \sigma^2 I
    """
    return _drawn()


@equation(
    chapter=1,
    mutants={
        "the noise not taken out": (r"\frac{1}{\sigma^2} \left(", r"\left("),
        "the transpose on the wrong side": (r"W M^{-1} W^\top", r"W^\top M^{-1} W"),
        "M itself for its inverse": (r"M^{-1}", "M"),
    },
)
def latent_woodbury():
    r"""
    C^{-1} = \frac{1}{\sigma^2} \left( I - W M^{-1} W^\top \right)
    """
    return _wide_and_narrow()


@equation(
    chapter=1,
    mutants={
        "the dimensions without a code forgotten": (r"\sigma^{2 (D - d)}", r"\sigma^{2}"),
        "sigma for sigma squared": (r"\sigma^{2 (D - d)}", r"\sigma^{D - d}"),
    },
)
def latent_determinant():
    r"""
    \operatorname{det}(C) = \sigma^{2 (D - d)} \operatorname{det}(M)
    """
    return _wide_and_narrow()


@equation(
    chapter=1,
    mutants={
        "the explained part added": (r"r^\top r - r^\top W", r"r^\top r + r^\top W"),
        "D for D - d": (r"\frac{D - d}{2} \log \sigma^2", r"\frac{D}{2} \log \sigma^2"),
        "2 pi forgotten": (r" - \frac{D}{2} \log (2 \pi)", ""),
        "2 pi counted D times too often": (r"\frac{D}{2} \log (2 \pi)", r"\frac{D^2}{2} \log (2 \pi)"),
        "log sigma for log sigma squared": (r"\log \sigma^2", r"\log \sigma"),
    },
)
def latent_log_density():
    r"""
    \begin{aligned}
    \log p_\theta(x) = & - \frac{1}{2 \sigma^2} \left( r^\top r - r^\top W M^{-1} W^\top r \right) \\
    & - \frac{1}{2} \log \operatorname{det}(M) - \frac{D - d}{2} \log \sigma^2 - \frac{D}{2} \log (2 \pi)
    \end{aligned}
    """
    return _wide_and_narrow()


@equation(
    chapter=1,
    mutants={
        "the covariance not inverted": (r"W^\top C^{-1} (x - b)", r"W^\top C (x - b)"),
        "nothing learnt from x": (r"I - W^\top C^{-1} W", "I"),
        "less certain than the prior": (r"I - W^\top", r"I + W^\top"),
    },
)
def latent_posterior():
    r"""
    \log p_\theta(z \mid x) = \log \mathcal{N}\left( z; W^\top C^{-1} (x - b), I - W^\top C^{-1} W \right)
    """
    return _wide_and_narrow()


# --- the most likely model


def _spectrum() -> World:
    """D = 3, d = 1: a covariance S of data by its eigenvalues and eigenvectors, and the model with one loading."""
    e, sigma = sp.Symbol("e", positive=True), sp.Symbol("sigma", positive=True)
    lam = sp.Matrix([sigma**2 + e, *sp.symbols("lambda_2 lambda_3", positive=True)])
    U = sp.Matrix([[1, 2, 2], [2, 1, -2], [2, -2, 1]]) / 3  # orthogonal, with rational entries
    W = U[:, :1] * sp.sqrt(e)
    S = U * sp.diag(*lam) * U.T
    C = (W * W.T + sigma**2 * sp.eye(3)).applyfunc(sp.expand)
    return World(
        title=r"D = 3,\ d = 1,\ S = U \operatorname{diag}(\lambda_1, \lambda_2, \lambda_3) U^\top,\ W = u_1 \sqrt{\lambda_1 - \sigma^2}",
        values={"C": C, "S": S, r"\lambda": lam, r"\sigma": sigma, "D": 3, "d": 1},
    )


@equation(
    chapter=1,
    mutants={
        "the kept directions cost nothing": (r"\left( \log \lambda_j + 1 \right)", r"\log \lambda_j"),
        "one discarded direction only": (r"(D - d) \log \sigma^2", r"\log \sigma^2"),
        "the discarded variance not weighed": (r"\frac{1}{\sigma^2} \sum", r"\sum"),
    },
)
def ppca_profile():
    r"""
    \begin{aligned}
    & \log \operatorname{det}(C) + \operatorname{tr}(C^{-1} S) \\
    & \quad = \sum_{j=1}^{d} \left( \log \lambda_j + 1 \right) + (D - d) \log \sigma^2 + \frac{1}{\sigma^2} \sum_{j=d+1}^{D} \lambda_j
    \end{aligned}
    """
    return _spectrum()


@equation(
    chapter=1,
    mutants={
        "the wrong side": (r"\ge", r"\le"),
        "v and its target swapped": (r"\frac{\lambda}{v}", r"\frac{v}{\lambda}"),
        "too high": ("+ 1", "+ 2"),
    },
)
def ppca_variance():
    r"""
    \log v + \frac{\lambda}{v} \ge \log \lambda + 1
    """
    positive = {"v": sp.Symbol("v", positive=True), r"\lambda": sp.Symbol("lambda", positive=True)}
    return symbols(r"v, \lambda > 0", positive)


@equation(
    chapter=1,
    mutants={"rotated on the wrong side": (r"(W R) (W R)^\top", r"(R W) (R W)^\top")},
)
def ppca_rotation():
    r"""
    (W R) (W R)^\top = W W^\top
    """
    t = sp.Symbol("t", real=True)  # the turn by 2 arctan(t)
    R = sp.Matrix([[1 - t**2, -2 * t], [2 * t, 1 - t**2]]) / (1 + t**2)
    W = sp.Matrix(2, 2, sp.symbols("w_11 w_12 w_21 w_22", real=True))
    title = r"W \in \mathbb{R}^{2 \times 2},\ R \text{ a rotation by } 2 \arctan t"
    return symbols(title, {"W": W, "R": R})


# --- estimating the evidence


def _draws(proposal: str, K: int = 2) -> World:
    """K independent draws of z from the prior ("p(z)") or the encoder ("q(z | x)") in the two-state model."""
    world = two_states()
    key, ratio = {
        "p(z)": (("p", "z", ""), r"p(x \mid z)"),
        "q(z | x)": (("q", "z", "x"), r"\frac{p(x, z)}{q(z \mid x)}"),
    }[proposal]
    shares = world.distributions[key]({"x": 1}).probabilities
    _, weight = parse_definition(rf"\mathcal{{W}}(z) := {ratio}")
    weights = [Evaluator(world, {"z": z}).value(weight) for z in (1, 2)]

    def average(function: Callable[[Bindings], sp.Expr]) -> sp.Expr:
        return sp.Add(
            *(
                sp.Mul(*(shares[k] for k in draw)) * function(_of_draw(draw))
                for draw in product((0, 1), repeat=K)
            )
        )

    def _of_draw(draw: tuple[int, ...]) -> Bindings:
        z = {f"z_{k + 1}": state + 1 for k, state in enumerate(draw)}
        return {"w": sp.Matrix([weights[state] for state in draw]), **z}

    return replace(
        world,
        title=rf"{world.title},\ K = {K} \text{{ draws from }} {proposal.replace('|', chr(92) + 'mid')}",
        values={**world.values, "K": K},
        average=average,
    )


@equation(
    chapter=1,
    mutants={
        "the sum for the mean": (
            r"\frac{1}{K} \sum_{k=1}^{K} p_\theta(x \mid z_k)",
            r"\sum_{k=1}^{K} p_\theta(x \mid z_k)",
        ),
        "the posterior for the likelihood": (
            r"\frac{1}{K} \sum_{k=1}^{K} p_\theta(x \mid z_k)",
            r"\frac{1}{K} \sum_{k=1}^{K} p_\theta(z_k \mid x)",
        ),
    },
)
def naive_mean():
    r"""
    \mathbb{E}\left[ \frac{1}{K} \sum_{k=1}^{K} p_\theta(x \mid z_k) \right] = p_\theta(x)
    """
    return _draws("p(z)")


@equation(
    chapter=1,
    mutants={
        "Jensen the wrong way": (r"\le \log", r"\ge \log"),
        "the sum for the mean": (r"\frac{1}{K} \sum", r"\sum"),
    },
)
def naive_log():
    r"""
    \mathbb{E}\left[ \log \left( \frac{1}{K} \sum_{k=1}^{K} p_\theta(x \mid z_k) \right) \right] \le \log p_\theta(x)
    """
    return _draws("p(z)")


@equation(
    chapter=1,
    mutants={
        "the draws do not help": (r"= \frac{1}{K} \left(", r"= \left("),
        "the square of the mean added": (r"\right] - p_\theta(x)^2", r"\right] + p_\theta(x)^2"),
        "the second moment not squared": (
            r"\left( \frac{p_\theta(x, z)}{q_\phi(z \mid x)} \right)^2",
            r"\left( \frac{p_\theta(x, z)}{q_\phi(z \mid x)} \right)",
        ),
    },
)
def importance_variance():
    r"""
    \begin{aligned}
    & \mathbb{E}\left[ \left( \frac{1}{K} \sum_{k=1}^{K} w_k - p_\theta(x) \right)^2 \right] \\
    & \quad = \frac{1}{K} \left( \mathbb{E}_{q_\phi(z \mid x)}\left[ \left( \frac{p_\theta(x, z)}{q_\phi(z \mid x)} \right)^2 \right] - p_\theta(x)^2 \right)
    \end{aligned}
    """
    return _draws("q(z | x)")


@equation(
    chapter=1,
    mutants={
        "divided by the evidence once": (r"\frac{1}{p_\theta(x)^2}", r"\frac{1}{p_\theta(x)}"),
        "the quotient upside down": (
            r"\frac{p_\theta(z \mid x)}{q_\phi(z \mid x)} \right]",
            r"\frac{q_\phi(z \mid x)}{p_\theta(z \mid x)} \right]",
        ),
        "averaged over the proposal": (
            r"= \mathbb{E}_{p_\theta(z \mid x)}",
            r"= \mathbb{E}_{q_\phi(z \mid x)}",
        ),
    },
)
def importance_overlap():
    r"""
    \frac{1}{p_\theta(x)^2} \mathbb{E}_{q_\phi(z \mid x)}\left[ \left( \frac{p_\theta(x, z)}{q_\phi(z \mid x)} \right)^2 \right]
    = \mathbb{E}_{p_\theta(z \mid x)}\left[ \frac{p_\theta(z \mid x)}{q_\phi(z \mid x)} \right]
    """
    return two_states()


@equation(
    chapter=1,
    mutants={
        "the prior as the proposal": (r"{p_\theta(z \mid x)}", "{p(z)}"),
        "the likelihood for the joint": (r"p_\theta(x, z)", r"p_\theta(x \mid z)"),
    },
)
def importance_best():
    r"""
    \log \frac{p_\theta(x, z)}{p_\theta(z \mid x)} = \log p_\theta(x)
    """
    states = two_states()
    return (*(replace(states, values={**states.values, "z": z}) for z in (1, 2)), linear_gaussian())


def _two_gaussians() -> World:
    """A target N(m, s^2) and a proposal N(mu, tau^2) with 2 tau^2 - s^2 = c^2 > 0."""
    s, c = sp.symbols("s c", positive=True)
    m, mu = sp.symbols("m mu", real=True)
    z = sp.Dummy("z", real=True)
    world = linear_gaussian()
    return World(
        title=r"p(z \mid x) = \mathcal{N}(m, s^2),\ q(z \mid x) = \mathcal{N}(\mu, \tau^2),\ 2 \tau^2 - s^2 = c^2 > 0",
        values={"m": m, r"\mu": mu, "s": s, r"\tau": sp.sqrt((s**2 + c**2) / 2), "z": z},
        integrate_log=world.integrate_log,
    )


@equation(
    chapter=1,
    mutants={
        "tau for tau squared": (r"\log \tau^2", r"\log \tau"),
        "the target's variance for the proposal's": (r"\log \tau^2", r"\log s^2"),
        "the half left out": (r"\frac{1}{2} \log (2 \tau^2 - s^2)", r"\log (2 \tau^2 - s^2)"),
        "as if the proposal's width did not matter": (
            r"\frac{(m - \mu)^2}{2 \tau^2 - s^2}",
            r"\frac{(m - \mu)^2}{\tau^2}",
        ),
    },
)
def importance_gaussian():
    r"""
    \begin{aligned}
    & \log \int \mathcal{N}(z; m, s^2) \frac{\mathcal{N}(z; m, s^2)}{\mathcal{N}(z; \mu, \tau^2)} \, dz \\
    & \quad = \log \tau^2 - \log s - \frac{1}{2} \log (2 \tau^2 - s^2) + \frac{(m - \mu)^2}{2 \tau^2 - s^2}
    \end{aligned}
    """
    return _two_gaussians()


def _from_the_prior() -> World:
    """A posterior N(m, s^2 I) in two dimensions with the prior N(0, I) as the proposal; m as the model draws it.

    It is the posterior where W'W = a^2 I: s^2 = sigma^2 / (a^2 + sigma^2).
    """
    a, sigma = sp.symbols("a sigma", positive=True)
    m = sp.Matrix(sp.symbols("m_1 m_2", real=True))
    s = sigma / sp.sqrt(a**2 + sigma**2)
    centres = Gaussian(sp.zeros(2, 1), a**2 / (a**2 + sigma**2) * sp.eye(2))
    return World(
        title=r"d = 2,\ p(z \mid x) = \mathcal{N}(m, s^2 I),\ p(z) = \mathcal{N}(0, I),\ s^2 = \sigma^2 / (a^2 + \sigma^2),"
        r"\ m \sim \mathcal{N}(0, (1 - s^2) I)",
        values={"m": m, "s": s, "d": 2, "x": sp.S.Zero},
        distributions={
            ("p", "z", ""): lambda _: Gaussian(sp.zeros(2, 1), sp.eye(2)),
            ("p", "z", "x"): lambda _: Gaussian(m, s**2 * sp.eye(2)),
        },
        integrate_log=linear_gaussian(x_dim=1, z_dim=2).integrate_log,
        average=lambda function: centres.expectation(lambda at: function({"m": at})),
    )


@equation(
    chapter=1,
    mutants={
        "the prior's mean forgotten": (r"\frac{m_j^2}{2 - s^2} - \log s", r"- \log s"),
        "the half left out": (r"\frac{1}{2} \log (2 - s^2)", r"\log (2 - s^2)"),
        "one dimension for all": (r"\sum_{j=1}^{d}", r"\sum_{j=1}^{1}"),
    },
)
def naive_overlap():
    r"""
    \begin{aligned}
    & \log \int p_\theta(z \mid x) \frac{p_\theta(z \mid x)}{p(z)} \, dz \\
    & \quad = \sum_{j=1}^{d} \left( \frac{m_j^2}{2 - s^2} - \log s - \frac{1}{2} \log (2 - s^2) \right)
    \end{aligned}
    """
    return _from_the_prior()


@equation(
    chapter=1,
    mutants={
        "not growing": (r"= d \left(", r"= \left("),
        "the posterior's mean does not move": (r"\frac{1 - s^2}{2 - s^2} - \log s", r"- \log s"),
    },
)
def naive_growth():
    r"""
    \begin{aligned}
    & \mathbb{E}\left[ \sum_{j=1}^{d} \left( \frac{m_j^2}{2 - s^2} - \log s - \frac{1}{2} \log (2 - s^2) \right) \right] \\
    & \quad = d \left( \frac{1 - s^2}{2 - s^2} - \log s - \frac{1}{2} \log (2 - s^2) \right)
    \end{aligned}
    """
    return _from_the_prior()


@equation(
    chapter=1,
    mutants={
        "the wrong side": (r"\le K", r"\ge K"),
        "the square inside the sum": (
            r"\left( \sum_{k=1}^{K} w_k \right)^2",
            r"\left( \sum_{k=1}^{K} K w_k \right)^2",
        ),
        "one for K": (r"\le K", r"\le 1"),
    },
)
def importance_effective():
    r"""
    \frac{\left( \sum_{k=1}^{K} w_k \right)^2}{\sum_{k=1}^{K} w_k^2} \le K
    """
    return symbols("K = 3", {"w": sp.Matrix(sp.symbols("w_1:4", positive=True)), "K": sp.Integer(3)})
