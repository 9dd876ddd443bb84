r"""The equations of chapter 8: the bound of one modality under another, its gap, and the gap of two linear views."""

from __future__ import annotations

import sympy as sp

from vae_course.symbolic.distributions import ByLogDensity, Finite, Gaussian, Value, log_gaussian_integral
from vae_course.symbolic.registry import equation
from vae_course.symbolic.worlds import Bindings, World, probability, symbols


def two_modalities() -> World:
    r"""One z in {1, 2} behind two modalities with two states each, and an encoder for each; x_1 and x_2 are observed.

    p(z=1) = \pi; under z = k what is observed of modality j has the probability a_jk; q(z=1 | x_j) = q_j. All are
    free in (0, 1). A modality's value stands for the modality: x_i = x_1 = 1, x_t = x_2 = 2.
    """
    prior, *rest = sp.symbols("pi a_11 a_12 a_21 a_22 q_1 q_2", positive=True)
    a, q = (rest[:2], rest[2:4]), rest[4:]

    def finite(observed: sp.Expr, modality: int) -> Finite:
        return Finite((observed, 1 - observed) if modality == 1 else (1 - observed, observed))

    def q_z(at: Bindings) -> Finite:
        encoded = q[int(at["x"]) - 1]
        return Finite((encoded, 1 - encoded))

    def p_z_given(at: Bindings) -> Finite:
        joint = [share * a[int(at["x"]) - 1][k] for k, share in enumerate((prior, 1 - prior))]
        return Finite(tuple(part / sp.Add(*joint) for part in joint))

    def p_x_given_z(modality: int):
        return lambda at: finite(a[modality - 1][int(at["z"]) - 1], modality)

    def p_x(modality: int):
        one, two = a[modality - 1]
        return lambda _: finite(prior * one + (1 - prior) * two, modality)

    numbers = {"x_i": 1, "x_1": 1, "x_t": 2, "x_2": 2}
    return World(
        title=r"\text{two states behind two modalities: } p(z{=}1)=\pi,\ p(x_j\mid z{=}k)=a_{jk},\ q(z{=}1\mid x_j)=q_j",
        values={**numbers, "n": 2},
        distributions={
            ("p", "z", ""): lambda _: Finite((prior, 1 - prior)),
            ("q", "z", "x"): q_z,
            ("p", "z", "x"): p_z_given,
            **{("p", name, "z"): p_x_given_z(number) for name, number in numbers.items()},
            **{("p", name, ""): p_x(number) for name, number in numbers.items()},
        },
        draw=probability,
    )


def two_linear_views() -> World:
    r"""z ~ N(0, 1) seen twice: x_j | z ~ N(w_j z + b_j, \sigma_j^2), with the encoders q(z | x_j) = N(m_j, s_j^2)."""
    real = {
        name: sp.Symbol(name, real=True) for name in ("w_i", "b_i", "x_i", "m_i", "w_t", "b_t", "x_t", "m_t")
    }
    positive = {name: sp.Symbol(name, positive=True) for name in ("sigma_i", "s_i", "sigma_t", "s_t")}

    def view(x: Value) -> str:
        return "i" if x == real["x_i"] else "t"

    def p_x_given_z(at: Bindings, of: str) -> Gaussian:
        return Gaussian(real[f"w_{of}"] * at["z"] + real[f"b_{of}"], positive[f"sigma_{of}"] ** 2)

    def log_joint(x: Value, of: str, z: Value) -> sp.Expr:
        return p_x_given_z({"z": z}, of).log_density(x) + Gaussian(sp.S.Zero, sp.S.One).log_density(z)

    def log_evidence(x: Value, of: str) -> sp.Expr:
        z = sp.Dummy("z", real=True)
        return log_gaussian_integral(log_joint(x, of, z), [z])

    def p_z_given(at: Bindings) -> ByLogDensity:
        x, of = at["x"], view(at["x"])
        return ByLogDensity(lambda z: log_joint(x, of, z) - log_evidence(x, of))

    def q_z(at: Bindings) -> Gaussian:
        of = view(at["x"])
        return Gaussian(real[f"m_{of}"], positive[f"s_{of}"] ** 2)

    return World(
        title=r"\text{two linear views: } z\sim\mathcal{N}(0,1),\ x_j\mid z\sim\mathcal{N}(w_jz+b_j,\sigma_j^2),"
        r"\ q(z\mid x_j)=\mathcal{N}(m_j,s_j^2)",
        values={name: real[name] for name in ("x_i", "x_t", "w_t", "b_t")}
        | {r"\sigma_t": positive["sigma_t"], "z": sp.Symbol("z", real=True)},
        distributions={
            ("p", "z", ""): lambda _: Gaussian(sp.S.Zero, sp.S.One),
            ("q", "z", "x"): q_z,
            ("p", "z", "x"): p_z_given,
            **{("p", f"x_{of}", "z"): (lambda at, of=of: p_x_given_z(at, of)) for of in "it"},
            **{
                ("p", f"x_{of}", ""): (lambda _, of=of: ByLogDensity(lambda x: log_evidence(x, of)))
                for of in "it"
            },
        },
    )


def general() -> tuple[World, World]:
    """Where a statement about any two modalities is decided."""
    return two_modalities(), two_linear_views()


# --- the lecture's derivation, line by line


@equation(
    chapter=8,
    mutants={
        "the other modality's evidence": (r"\log p_\theta(x_t) \right]", r"\log p_\theta(x_i) \right]"),
        "the logarithm dropped": (r"\left[ \log", r"\left["),
    },
)
def cross_constant():
    r"""
    \log p_\theta(x_t) = \mathbb{E}_{q_\phi(z \mid x_i)}\left[ \log p_\theta(x_t) \right]
    """
    return general()


@equation(
    chapter=8,
    mutants={
        "not a multiplication by one": (r"{p_\theta(z \mid x_t) \, q", r"{p_\theta(z \mid x_i) \, q"),
        "the encoder of the target below": (
            r"\, q_\phi(z \mid x_i)} \right]",
            r"\, q_\phi(z \mid x_t)} \right]",
        ),
    },
)
def cross_ones():
    r"""
    \mathbb{E}_{q_\phi(z \mid x_i)}\left[ \log p_\theta(x_t) \right]
    = \mathbb{E}_{q_\phi(z \mid x_i)}\left[ \log \frac{p_\theta(x_t) \, p_\theta(z \mid x_t) \, q_\phi(z \mid x_i)}{p_\theta(z \mid x_t) \, q_\phi(z \mid x_i)} \right]
    """
    return general()


@equation(
    chapter=8,
    mutants={
        "a minus for a plus": (r"+ \mathbb{E}", r"- \mathbb{E}"),
        "the first quotient upside down": (
            r"\frac{q_\phi(z \mid x_i)}{p_\theta(z \mid x_t)}",
            r"\frac{p_\theta(z \mid x_t)}{q_\phi(z \mid x_i)}",
        ),
    },
)
def cross_split():
    r"""
    \begin{aligned}
    & \mathbb{E}_{q_\phi(z \mid x_i)}\left[ \log \frac{p_\theta(x_t) \, p_\theta(z \mid x_t) \, q_\phi(z \mid x_i)}{p_\theta(z \mid x_t) \, q_\phi(z \mid x_i)} \right] \\
    & \quad = \mathbb{E}_{q_\phi(z \mid x_i)}\left[ \log \frac{q_\phi(z \mid x_i)}{p_\theta(z \mid x_t)} \right]
    + \mathbb{E}_{q_\phi(z \mid x_i)}\left[ \log \frac{p_\theta(x_t) \, p_\theta(z \mid x_t)}{q_\phi(z \mid x_i)} \right]
    \end{aligned}
    """
    return general()


@equation(
    chapter=8,
    mutants={
        "the prior left out": (r"\, p(z) \right)", r"\right)"),
        "the source's likelihood": (r"p_\theta(x_t \mid z)", r"p_\theta(x_i \mid z)"),
    },
)
def cross_bayes():
    r"""
    \log \left( p_\theta(x_t \mid z) \, p(z) \right) = \log \left( p_\theta(x_t) \, p_\theta(z \mid x_t) \right)
    """
    return two_linear_views()


@equation(
    chapter=8,
    mutants={
        "the divergence with its arguments swapped": (
            r"\left( q_\phi(z \mid x_i) \,\|\, p_\theta(z \mid x_t) \right)",
            r"\left( p_\theta(z \mid x_t) \,\|\, q_\phi(z \mid x_i) \right)",
        ),
        "the posterior of the source": (
            r"\,\|\, p_\theta(z \mid x_t) \right)}",
            r"\,\|\, p_\theta(z \mid x_i) \right)}",
        ),
        "the gap subtracted": (r"= \underbrace{D", r"= - \underbrace{D"),
        "the prior left out": (r"\, p(z)}", "}"),
    },
)
def cross_definition():
    r"""
    \log p_\theta(x_t)
    = \underbrace{D_{\mathrm{KL}}\left( q_\phi(z \mid x_i) \,\|\, p_\theta(z \mid x_t) \right)}_{\ge 0}
    + \mathbb{E}_{q_\phi(z \mid x_i)}\left[ \log \frac{p_\theta(x_t \mid z) \, p(z)}{q_\phi(z \mid x_i)} \right]
    """
    return two_modalities()


@equation(
    chapter=8,
    mutants={
        "an upper bound": (r"\ge", r"\le"),
        "turned over without the sign": (r"- \mathbb{E}", r"+ \mathbb{E}"),
        "the last quotient upside down": (
            r"\frac{q_\phi(z \mid x_i)}{p(z)}",
            r"\frac{p(z)}{q_\phi(z \mid x_i)}",
        ),
        "the source's likelihood": (
            r"\log p_\theta(x_t \mid z) \right] - \mathbb",
            r"\log p_\theta(x_i \mid z) \right] - \mathbb",
        ),
    },
)
def cross_flip():
    r"""
    \begin{aligned}
    \log p_\theta(x_t)
    & \ge \mathbb{E}_{q_\phi(z \mid x_i)}\left[ \log \frac{p_\theta(x_t \mid z) \, p(z)}{q_\phi(z \mid x_i)} \right] \\
    & = \mathbb{E}_{q_\phi(z \mid x_i)}\left[ \log p_\theta(x_t \mid z) \right] - \mathbb{E}_{q_\phi(z \mid x_i)}\left[ \log \frac{q_\phi(z \mid x_i)}{p(z)} \right]
    \end{aligned}
    """
    return general()


@equation(
    chapter=8,
    mutants={
        "an upper bound": (r"\ge", r"\le"),
        "the KL of the target's encoder": (
            r"\left( q_\phi(z \mid x_i) \,\|\, p(z)",
            r"\left( q_\phi(z \mid x_t) \,\|\, p(z)",
        ),
        "the KL added": (r"- D_", r"+ D_"),
        "the posterior for the prior": (r"\,\|\, p(z)", r"\,\|\, p_\theta(z \mid x_t)"),
    },
)
def cross_bound():
    r"""
    \begin{aligned}
    \log p_\theta(x_t)
    & \ge \mathbb{E}_{q_\phi(z \mid x_i)}\left[ \log p_\theta(x_t \mid z) \right] - \mathbb{E}_{q_\phi(z \mid x_i)}\left[ \log \frac{q_\phi(z \mid x_i)}{p(z)} \right] \\
    & = \mathbb{E}_{q_\phi(z \mid x_i)}\left[ \log p_\theta(x_t \mid z) \right] - D_{\mathrm{KL}}\left( q_\phi(z \mid x_i) \,\|\, p(z) \right)
    \end{aligned}
    """
    return general()


@equation(
    chapter=8,
    mutants={
        "the posterior of the source": (
            r"\,\|\, p_\theta(z \mid x_t) \right)",
            r"\,\|\, p_\theta(z \mid x_i) \right)",
        ),
        "the encoder of the target": (
            r"= D_{\mathrm{KL}}\left( q_\phi(z \mid x_i)",
            r"= D_{\mathrm{KL}}\left( q_\phi(z \mid x_t)",
        ),
        "the gap with the wrong sign": (r"= D_", r"= - D_"),
    },
)
def cross_gap():
    r"""
    \begin{aligned}
    & \log p_\theta(x_t) - \left( \mathbb{E}_{q_\phi(z \mid x_i)}\left[ \log p_\theta(x_t \mid z) \right] - D_{\mathrm{KL}}\left( q_\phi(z \mid x_i) \,\|\, p(z) \right) \right) \\
    & \quad = D_{\mathrm{KL}}\left( q_\phi(z \mid x_i) \,\|\, p_\theta(z \mid x_t) \right)
    \end{aligned}
    """
    return two_modalities()


@equation(
    chapter=8,
    mutants={
        "an upper bound": (r"\ge", r"\le"),
        "the first modality decoded in all pairs": (
            r"\log p_\theta(x_t \mid z)",
            r"\log p_\theta(x_1 \mid z)",
        ),
        "the KL once for all pairs, subtracted with the wrong sign": (r"- D_", r"+ D_"),
    },
)
def cross_pairs():
    r"""
    n \sum_{t=1}^{n} \log p_\theta(x_t)
    \ge \sum_{i=1}^{n} \sum_{t=1}^{n} \left( \mathbb{E}_{q_\phi(z \mid x_i)}\left[ \log p_\theta(x_t \mid z) \right]
    - D_{\mathrm{KL}}\left( q_\phi(z \mid x_i) \,\|\, p(z) \right) \right)
    """
    return two_modalities()


# --- two linear views: what is left of the gap when the encoder is the best there is


def two_normal_views() -> World:
    r"""z ~ N(0, 1) and x_t | z ~ N(w z, s^2); given x_i, z ~ N(c, v). \tau^2 is the variance of p(z | x_t), m its mean."""
    w, x, c, mu = sp.symbols("w x_t c mu", real=True)
    s, v, sigma = sp.symbols("s v sigma", positive=True)
    tau2 = s**2 / (w**2 + s**2)
    shrink = w / (w**2 + s**2)
    return World(
        title=r"z\sim\mathcal{N}(0,1),\ x_t\mid z\sim\mathcal{N}(wz,s^2),\ z\mid x_i\sim\mathcal{N}(c,v),"
        r"\ \tau^2=\tfrac{s^2}{w^2+s^2},\ m=\tfrac{w\,x_t}{w^2+s^2}",
        values={
            "w": w,
            "s": s,
            "v": v,
            "c": c,
            r"\mu": mu,
            r"\sigma": sigma,
            r"\tau": sp.sqrt(tau2),
            "x_t": x,
            "x_i": sp.Symbol("x_i", real=True),
            "z": sp.Symbol("z", real=True),
        },
        distributions={
            ("p", "z", ""): lambda _: Gaussian(sp.S.Zero, sp.S.One),
            ("p", "x_t", "z"): lambda at: Gaussian(w * at["z"], s**2),
            ("p", "z", "x"): lambda at: _posterior(w, s, at["x"]),
            ("p", "m", "x"): lambda _: Gaussian(shrink * w * c, shrink**2 * (w**2 * v + s**2)),
        },
    )


def _posterior(w: sp.Symbol, s: sp.Symbol, x: Value) -> ByLogDensity:
    def log_joint(z: Value) -> sp.Expr:
        return Gaussian(w * z, s**2).log_density(x) + Gaussian(sp.S.Zero, sp.S.One).log_density(z)

    dummy = sp.Dummy("z", real=True)
    evidence = log_gaussian_integral(log_joint(dummy), [dummy])
    return ByLogDensity(lambda z: log_joint(z) - evidence)


@equation(
    chapter=8,
    mutants={
        "the mean not shrunk": (r"\frac{w x_t}{w^2 + s^2}", r"\frac{x_t}{w}"),
        "the prior forgotten": (r"\frac{s^2}{w^2 + s^2}", r"\frac{s^2}{w^2}"),
    },
)
def cross_view_posterior():
    r"""
    \log p_\theta(z \mid x_t) = \log \mathcal{N}\left( z; \frac{w x_t}{w^2 + s^2}, \frac{s^2}{w^2 + s^2} \right)
    """
    return two_normal_views()


@equation(
    chapter=8,
    mutants={
        "the mean not shrunk": (r"(1 - \tau^2) c", r"c"),
        "shrunk by the wrong share": (r"(1 - \tau^2) c", r"\tau^2 c"),
    },
)
def cross_view_mean():
    r"""
    \mathbb{E}_{p_\theta(m \mid x_i)}\left[ m \right] = (1 - \tau^2) c
    """
    return two_normal_views()


@equation(
    chapter=8,
    mutants={
        "the noise of the target forgotten": (r"+ (1 - \tau^2) \tau^2", ""),
        "shrunk once instead of twice": (r"(1 - \tau^2)^2 v", r"(1 - \tau^2) v"),
    },
)
def cross_view_spread():
    r"""
    \mathbb{E}_{p_\theta(m \mid x_i)}\left[ \left( m - (1 - \tau^2) c \right)^2 \right] = (1 - \tau^2)^2 v + (1 - \tau^2) \tau^2
    """
    return two_normal_views()


def _averaged() -> World:
    """A posterior N(m, tau^2) whose mean m has, given x_i, the mean c and the variance u; an encoder N(mu, sigma^2)."""
    c, mu = sp.symbols("c mu", real=True)
    u, sigma, tau = sp.symbols("u sigma tau", positive=True)
    return World(
        title=r"p(z\mid x_t)=\mathcal{N}(m,\tau^2),\ m\mid x_i \text{ with mean } c \text{ and variance } u,"
        r"\ q(z\mid x_i)=\mathcal{N}(\mu,\sigma^2)",
        values={
            "c": c,
            "u": u,
            r"\mu": mu,
            r"\sigma": sigma,
            r"\tau": tau,
            "x_i": sp.Symbol("x_i", real=True),
        },
        distributions={("p", "m", "x"): lambda _: Gaussian(c, u)},
    )


@equation(
    chapter=8,
    mutants={
        "the spread of the target forgotten": (r"+ u}", "}"),
        "divided by the encoder's variance": (r"{2 \tau^2}", r"{2 \sigma^2}"),
        "the logarithm upside down": (r"\log \frac{\tau}{\sigma}", r"\log \frac{\sigma}{\tau}"),
    },
)
def cross_mean_gap():
    r"""
    \mathbb{E}_{p_\theta(m \mid x_i)}\left[ D_{\mathrm{KL}}\left( \mathcal{N}(\mu, \sigma^2) \,\|\, \mathcal{N}(m, \tau^2) \right) \right]
    = \log \frac{\tau}{\sigma} + \frac{\sigma^2 + (\mu - c)^2 + u}{2 \tau^2} - \frac{1}{2}
    """
    return _averaged()


@equation(
    chapter=8,
    mutants={
        "no floor": (r"\frac{u}{2 \tau^2}", r"\frac{u}{\tau^2}"),
        "the wrong side": (r"\ge", r"\le"),
    },
)
def cross_floor():
    r"""
    \log \frac{\tau}{\sigma} + \frac{\sigma^2 + (\mu - c)^2 + u}{2 \tau^2} - \frac{1}{2} \ge \frac{u}{2 \tau^2}
    """
    return symbols(
        r"\mu, c \in \mathbb{R},\ \sigma, \tau, u > 0",
        {
            r"\mu": sp.Symbol("mu", real=True),
            "c": sp.Symbol("c", real=True),
            r"\sigma": sp.Symbol("sigma", positive=True),
            r"\tau": sp.Symbol("tau", positive=True),
            "u": sp.Symbol("u", positive=True),
        },
    )
