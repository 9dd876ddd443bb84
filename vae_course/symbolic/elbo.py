r"""The equations of chapter 2: the ELBO, its gap, the Gaussian KL, and the linear-Gaussian model.

The docstring of each function is the LaTeX of the chapter; see `registry` for how it is checked.
"""

import sympy as sp

from vae_course.symbolic.registry import definition, equation
from vae_course.symbolic.worlds import World, diagonal_gaussian, linear_gaussian, symbols, two_states

elbo = definition(
    r"""\mathcal{L}(x) := \mathbb{E}_{q_\phi(z \mid x)}\left[ \log p_\theta(x \mid z) \right]
    - D_{\mathrm{KL}}\left( q_\phi(z \mid x) \,\|\, p(z) \right)"""
)


def general() -> tuple[World, World]:
    """Where a statement about any model is decided: all two-state models and all one-dimensional linear-Gaussian ones."""
    return elbo(two_states()), elbo(linear_gaussian())


# --- the lecture's derivation, line by line


@equation(chapter=2, mutants={"the logarithm dropped": (r"\left[ \log", r"\left[")})
def elbo_constant():
    r"""
    \log p_\theta(x) = \mathbb{E}_{q_\phi(z \mid x)}\left[ \log p_\theta(x) \right]
    """
    return general()


@equation(
    chapter=2,
    mutants={
        "the prior left out": (r"\, p(z)}", "}"),
        "divided by the prior": (r"{p_\theta(z \mid x)}", r"{p(z)}"),
    },
)
def elbo_bayes():
    r"""
    \mathbb{E}_{q_\phi(z \mid x)}\left[ \log p_\theta(x) \right]
    = \mathbb{E}_{q_\phi(z \mid x)}\left[ \log \frac{p_\theta(x \mid z) \, p(z)}{p_\theta(z \mid x)} \right]
    """
    return general()


@equation(
    chapter=2,
    mutants={
        "not a multiplication by one": (
            r"\frac{q_\phi(z \mid x)}{q_\phi(z \mid x)}",
            r"\frac{q_\phi(z \mid x)}{p(z)}",
        ),
        "the encoder for the posterior on the left": (
            r"{p_\theta(z \mid x)} \right]",
            r"{q_\phi(z \mid x)} \right]",
        ),
    },
)
def elbo_one():
    r"""
    \mathbb{E}_{q_\phi(z \mid x)}\left[ \log \frac{p_\theta(x \mid z) \, p(z)}{p_\theta(z \mid x)} \right]
    = \mathbb{E}_{q_\phi(z \mid x)}\left[ \log \left( \frac{p_\theta(x \mid z) \, p(z)}{p_\theta(z \mid x)} \, \frac{q_\phi(z \mid x)}{q_\phi(z \mid x)} \right) \right]
    """
    return general()


@equation(
    chapter=2,
    mutants={
        "a minus for a plus": (
            r"+ \mathbb{E}_{q_\phi(z \mid x)}\left[ \log \frac{p(z)}",
            r"- \mathbb{E}_{q_\phi(z \mid x)}\left[ \log \frac{p(z)}",
        ),
        "the last quotient upside down": (
            r"\frac{q_\phi(z \mid x)}{p_\theta(z \mid x)} \right]",
            r"\frac{p_\theta(z \mid x)}{q_\phi(z \mid x)} \right]",
        ),
    },
)
def elbo_split():
    r"""
    \begin{aligned}
    & \mathbb{E}_{q_\phi(z \mid x)}\left[ \log \left( \frac{p_\theta(x \mid z) \, p(z)}{p_\theta(z \mid x)} \, \frac{q_\phi(z \mid x)}{q_\phi(z \mid x)} \right) \right] \\
    & \quad = \mathbb{E}_{q_\phi(z \mid x)}\left[ \log p_\theta(x \mid z) \right]
    + \mathbb{E}_{q_\phi(z \mid x)}\left[ \log \frac{p(z)}{q_\phi(z \mid x)} \right]
    + \mathbb{E}_{q_\phi(z \mid x)}\left[ \log \frac{q_\phi(z \mid x)}{p_\theta(z \mid x)} \right]
    \end{aligned}
    """
    return general()


@equation(
    chapter=2,
    mutants={
        "turned over without the sign": ("= - ", "= "),
        "the sign without turning over": (r"\frac{q_\phi(z \mid x)}{p(z)}", r"\frac{p(z)}{q_\phi(z \mid x)}"),
    },
)
def elbo_flip():
    r"""
    \mathbb{E}_{q_\phi(z \mid x)}\left[ \log \frac{p(z)}{q_\phi(z \mid x)} \right]
    = - \mathbb{E}_{q_\phi(z \mid x)}\left[ \log \frac{q_\phi(z \mid x)}{p(z)} \right]
    """
    return general()


@equation(
    chapter=2,
    mutants={
        "the KL to the prior added": (r"- \underbrace{D", r"+ \underbrace{D"),
        "the gap subtracted": (r"+ \underbrace{D", r"- \underbrace{D"),
        "the last KL with its arguments swapped": (
            r"\left( q_\phi(z \mid x) \,\|\, p_\theta(z \mid x) \right)",
            r"\left( p_\theta(z \mid x) \,\|\, q_\phi(z \mid x) \right)",
        ),
    },
)
def elbo_three_terms():
    r"""
    \log p_\theta(x)
    = \underbrace{\mathbb{E}_{q_\phi(z \mid x)}\left[ \log p_\theta(x \mid z) \right]}_{\text{by sampling}}
    - \underbrace{D_{\mathrm{KL}}\left( q_\phi(z \mid x) \,\|\, p(z) \right)}_{\text{closed form}}
    + \underbrace{D_{\mathrm{KL}}\left( q_\phi(z \mid x) \,\|\, p_\theta(z \mid x) \right)}_{\text{intractable, but } \ge 0}
    """
    return elbo(two_states())


# --- why the last term is not negative


@equation(chapter=2, mutants={"the tangent too low": ("u - 1", "u - 2"), "the wrong side": (r"\le", r"\ge")})
def kl_tangent():
    r"""
    \log u \le u - 1
    """
    return symbols(r"u > 0", {"u": sp.Symbol("u", positive=True)})


@equation(
    chapter=2,
    mutants={
        "the wrong side": (r"\ge", r"\le"),
        "the quotient upside down": (
            r"1 - \frac{p(z)}{q_\phi(z \mid x)}",
            r"1 - \frac{q_\phi(z \mid x)}{p(z)}",
        ),
    },
)
def kl_nonnegative():
    r"""
    D_{\mathrm{KL}}\left( q_\phi(z \mid x) \,\|\, p(z) \right)
    = \mathbb{E}_{q_\phi(z \mid x)}\left[ - \log \frac{p(z)}{q_\phi(z \mid x)} \right]
    \ge \mathbb{E}_{q_\phi(z \mid x)}\left[ 1 - \frac{p(z)}{q_\phi(z \mid x)} \right] = 0
    """
    return two_states()


# --- the bound and its gap


@equation(
    chapter=2,
    mutants={
        "the gap measured from the prior": (r"p_\theta(z \mid x) \right)", r"p(z) \right)"),
        "the gap with the wrong sign": ("= D", "= - D"),
    },
)
def elbo_gap():
    r"""
    \log p_\theta(x) - \mathcal{L}(x) = D_{\mathrm{KL}}\left( q_\phi(z \mid x) \,\|\, p_\theta(z \mid x) \right)
    """
    return general()


@equation(chapter=2, mutants={"an upper bound": (r"\ge", r"\le")})
def elbo_bound():
    r"""
    \log p_\theta(x) \ge \mathcal{L}(x)
    """
    return general()


@equation(
    chapter=2,
    mutants={
        "the encoder's entropy with the wrong sign": (r"- \log q_\phi", r"+ \log q_\phi"),
        "the likelihood for the joint": (r"p_\theta(x, z)", r"p_\theta(x \mid z)"),
    },
)
def elbo_joint():
    r"""
    \mathcal{L}(x) = \mathbb{E}_{q_\phi(z \mid x)}\left[ \log p_\theta(x, z) - \log q_\phi(z \mid x) \right]
    """
    return general()


@equation(
    chapter=2,
    mutants={
        "the weight upside down": (
            r"\frac{p_\theta(x, z)}{q_\phi(z \mid x)}",
            r"\frac{q_\phi(z \mid x)}{p_\theta(x, z)}",
        ),
        "the prior left out": ("p_\\theta(x, z)", r"p_\theta(x \mid z)"),
    },
)
def elbo_importance():
    r"""
    p_\theta(x) = \mathbb{E}_{q_\phi(z \mid x)}\left[ \frac{p_\theta(x, z)}{q_\phi(z \mid x)} \right]
    """
    return elbo(two_states())


@equation(
    chapter=2,
    mutants={
        "Jensen the wrong way": (r"\ge", r"\le"),
        "the weight upside down": (r"= \mathcal{L}(x)", r"= - \mathcal{L}(x)"),
    },
)
def elbo_jensen():
    r"""
    \log \mathbb{E}_{q_\phi(z \mid x)}\left[ \frac{p_\theta(x, z)}{q_\phi(z \mid x)} \right]
    \ge \mathbb{E}_{q_\phi(z \mid x)}\left[ \log \frac{p_\theta(x, z)}{q_\phi(z \mid x)} \right] = \mathcal{L}(x)
    """
    return elbo(two_states())


@equation(
    chapter=2,
    mutants={
        "the first example's bound for all": (r"\mathcal{L}(x_i)", r"\mathcal{L}(x_1)"),
        "an upper bound": (r"\ge", r"\le"),
    },
)
def elbo_sum():
    r"""
    \sum_{i=1}^{n} \log p_\theta(x_i) \ge \sum_{i=1}^{n} \mathcal{L}(x_i)
    """
    return elbo(two_states())


# --- the Gaussian KL


def _two_normals() -> World:
    mu, m = sp.symbols("mu m", real=True)
    sigma, s = sp.symbols("sigma s", positive=True)
    return symbols(r"\mu, m \in \mathbb{R},\ \sigma, s > 0", {r"\mu": mu, r"\sigma": sigma, "m": m, "s": s})


@equation(
    chapter=2,
    mutants={
        "the logarithm upside down": (r"\log \frac{s}{\sigma}", r"\log \frac{\sigma}{s}"),
        "the half left out": (r"- \frac{1}{2}", "- 1"),
        "the distance of the means not squared": (r"(\mu - m)^2", r"(\mu - m)"),
    },
)
def kl_two_normals():
    r"""
    D_{\mathrm{KL}}\left( \mathcal{N}(\mu, \sigma^2) \,\|\, \mathcal{N}(m, s^2) \right)
    = \log \frac{s}{\sigma} + \frac{\sigma^2 + (\mu - m)^2}{2 s^2} - \frac{1}{2}
    """
    return _two_normals()


@equation(
    chapter=2,
    mutants={
        "2 pi counted d times too often": (r"\log (2 \pi) + \log", r"d \log (2 \pi) + \log"),
        "log sigma for log sigma squared": (r"\log \sigma_j^2", r"\log \sigma_j"),
        "the one left out": (r"+ 1 \right)", r"\right)"),
    },
)
def kl_negative_entropy():
    r"""
    \mathbb{E}_{q_\phi(z \mid x)}\left[ \log q_\phi(z \mid x) \right]
    = - \frac{1}{2} \sum_{j=1}^{d} \left( \log (2 \pi) + \log \sigma_j^2 + 1 \right)
    """
    return _factorised()


@equation(
    chapter=2,
    mutants={
        "the variance forgotten": (r"\mu_j^2 + \sigma_j^2", r"\mu_j^2"),
        "sigma for sigma squared": (r"\sigma_j^2", r"\sigma_j"),
    },
)
def kl_cross_entropy():
    r"""
    \mathbb{E}_{q_\phi(z \mid x)}\left[ \log p(z) \right]
    = - \frac{1}{2} \sum_{j=1}^{d} \left( \log (2 \pi) + \mu_j^2 + \sigma_j^2 \right)
    """
    return _factorised()


@equation(
    chapter=2,
    mutants={
        "log sigma for log sigma squared": (r"\log \sigma_j^2", r"\log \sigma_j"),
        "the half left out": (r"= \frac{1}{2} ", "= "),
        "the sign of the logarithm": (r"- \log", r"+ \log"),
        "the half divided by the sum": (r"\frac{1}{2} \sum", r"2 \sum"),
    },
)
def kl_gaussian():
    r"""
    D_{\mathrm{KL}}\left( q_\phi(z \mid x) \,\|\, p(z) \right)
    = \frac{1}{2} \sum_{j=1}^{d} \left( \mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2 \right)
    """
    return _factorised()


def _factorised() -> World:
    return diagonal_gaussian(z_dim=2)


# --- the linear-Gaussian model, exactly


@equation(
    chapter=2,
    mutants={
        "the noise left out": (r"+ \sigma^2 I", r"+ I"),
        "the transpose on the wrong side": (r"W W^\top", r"W^\top W"),
    },
)
def lg_marginal():
    r"""
    \log p_\theta(x) = \log \int p_\theta(x \mid z) \, p(z) \, dz
    = \log \mathcal{N}\left( x; b, W W^\top + \sigma^2 I \right)
    """
    return linear_gaussian(x_dim=2, z_dim=1)


@equation(
    chapter=2,
    mutants={
        "the mean not shrunk": (r"M^{-1} W^\top (x - b)", r"W^\top (x - b)"),
        "the data not centred": (r"(x - b)", "x"),
        "the noise left out": (r"\sigma^2 M^{-1}", r"M^{-1}"),
    },
)
def lg_posterior():
    r"""
    \log p_\theta(z \mid x) = \log \mathcal{N}\left( z; M^{-1} W^\top (x - b), \sigma^2 M^{-1} \right)
    """
    return linear_gaussian(x_dim=2, z_dim=1), linear_gaussian(x_dim=1, z_dim=2)


@equation(
    chapter=2,
    mutants={
        "the spread of q forgotten": (r"W S W^\top", r"W W^\top"),
        "the spread added": (r"- \frac{1}{2 \sigma^2}", r"+ \frac{1}{2 \sigma^2}"),
        "the half left out": (r"\frac{1}{2 \sigma^2}", r"\frac{1}{\sigma^2}"),
    },
)
def lg_reconstruction():
    r"""
    \mathbb{E}_{q_\phi(z \mid x)}\left[ \log p_\theta(x \mid z) \right]
    = \log \mathcal{N}\left( x; W m + b, \sigma^2 I \right)
    - \frac{1}{2 \sigma^2} \operatorname{tr}\left( W S W^\top \right)
    """
    return linear_gaussian(x_dim=2, z_dim=1), linear_gaussian(x_dim=1, z_dim=2)
