r"""The equations of chapter 4: likelihoods of pixels, log p(x) by importance sampling, the hidden beta."""

from dataclasses import replace
from itertools import product

import sympy as sp

from vae_course.symbolic.distributions import ByLogDensity, Finite, Gaussian, split_logs
from vae_course.symbolic.evaluate import Evaluator
from vae_course.symbolic.latex import parse_definition
from vae_course.symbolic.registry import equation
from vae_course.symbolic.worlds import World, probability, symbols, two_states

# --- the likelihood of a binary image


def _binary_images(letter: str, rho: sp.Matrix, values: sp.Matrix) -> tuple[World, ...]:
    """All images of two binary pixels, of which pixel j is on with probability rho_j."""

    def world(image: tuple[int, int]) -> World:
        def log_density(x: sp.Matrix) -> sp.Expr:
            return split_logs(sp.Add(*(sp.log(r if on else 1 - r) for r, on in zip(rho, x, strict=True))))

        return World(
            title=rf"x = {image}",
            values={"x": sp.Matrix(image), "z": sp.S.Zero, "D": 2, letter: values},
            distributions={("p", "x", "z"): lambda _: ByLogDensity(log_density)},
            draw=probability,
        )

    return tuple(world(image) for image in product((0, 1), repeat=2))


@equation(
    chapter=4,
    mutants={
        "the pixels that are off forgotten": (r" + (1 - x_j) \log (1 - \rho_j)", ""),
        "on and off swapped": (r"x_j \log \rho_j", r"x_j \log (1 - \rho_j)"),
    },
)
def digits_bernoulli():
    r"""
    \log p_\theta(x \mid z) = \sum_{j=1}^{D} \left( x_j \log \rho_j + (1 - x_j) \log (1 - \rho_j) \right)
    """
    rho = sp.Matrix(sp.symbols("rho_1 rho_2", positive=True))
    return _binary_images(r"\rho", rho, rho)


@equation(
    chapter=4,
    mutants={
        "the softplus added": (r"- \log", r"+ \log"),
        "a mean for the sum": (r"\sum_{j=1}^{D}", r"\frac{1}{D} \sum_{j=1}^{D}"),
        "the logit with the wrong sign": (r"\exp(\ell_j)", r"\exp(-\ell_j)"),
    },
)
def digits_logits():
    r"""
    \log p_\theta(x \mid z) = \sum_{j=1}^{D} \left( x_j \ell_j - \log (1 + \exp(\ell_j)) \right)
    """
    ell = sp.Matrix(sp.symbols("ell_1 ell_2", real=True))
    return _binary_images(r"\ell", ell.applyfunc(lambda a: sp.exp(a) / (1 + sp.exp(a))), ell)


@equation(
    chapter=4,
    mutants={
        "the overflow kept": (r"\exp(-|\ell|)", r"\exp(|\ell|)"),
        "negative logits forgotten": (r"\max(\ell, 0)", r"\ell"),
    },
)
def digits_softplus():
    r"""
    \log (1 + \exp(\ell)) = \max(\ell, 0) + \log (1 + \exp(-|\ell|))
    """
    a = sp.Symbol("a", positive=True)
    return symbols(r"\ell = a > 0", {r"\ell": a}), symbols(r"\ell = -a < 0", {r"\ell": -a})


# --- the likelihood of an image with real pixels


def _gaussian_pixels(variance: sp.Expr, title: str) -> World:
    """Three pixels x_j = mu_j plus Gaussian noise."""
    x = sp.Matrix(sp.symbols("x_1:4", real=True))
    mu = sp.Matrix(sp.symbols("mu_1:4", real=True))
    return World(
        title=title,
        values={
            "x": x,
            r"\mu": mu,
            "D": 3,
            "z": sp.S.Zero,
            r"\pi": sp.pi,
            r"\sigma": sp.Symbol("sigma", positive=True),
        },
        distributions={("p", "x", "z"): lambda _: Gaussian(mu, variance * sp.eye(3))},
    )


@equation(
    chapter=4,
    mutants={
        "the constant of one dimension only": (r"- \frac{D}{2}", r"- \frac{1}{2}"),
        "the constant counted D times too often": (r"- \frac{D}{2}", r"- \frac{D^2}{2}"),
        "sigma for sigma squared": (r"(2 \pi \sigma^2)", r"(2 \pi \sigma)"),
    },
)
def digits_gaussian():
    r"""
    \log p_\theta(x \mid z) = - \frac{1}{2 \sigma^2} \sum_{j=1}^{D} (x_j - \mu_j)^2 - \frac{D}{2} \log (2 \pi \sigma^2)
    """
    return _gaussian_pixels(
        sp.Symbol("sigma", positive=True) ** 2, r"D = 3,\ x_j \sim \mathcal{N}(\mu_j, \sigma^2)"
    )


@equation(
    chapter=4,
    mutants={
        "the squared error not averaged": (r"- \frac{1}{D}", "-"),
        "the constant left out": (r" - \frac{D}{2} \log (\pi D)", ""),
    },
)
def digits_mse():
    r"""
    \log p_\theta(x \mid z) = - \frac{1}{D} \sum_{j=1}^{D} (x_j - \mu_j)^2 - \frac{D}{2} \log (\pi D)
    """
    return _gaussian_pixels(sp.Rational(3, 2), r"D = 3,\ x_j \sim \mathcal{N}(\mu_j, D/2)")


# --- log p(x) by importance sampling


@equation(
    chapter=4,
    mutants={
        "the prior left out": (r" \, p(z)}", "}"),
        "samples from the encoder not corrected": (r"{q_\phi(z \mid x)} \right]", r"{p(z)} \right]"),
    },
)
def digits_importance():
    r"""
    p_\theta(x) = \mathbb{E}_{q_\phi(z \mid x)}\left[ \frac{p_\theta(x \mid z) \, p(z)}{q_\phi(z \mid x)} \right]
    """
    return two_states()


def _two_weights() -> World:
    """K = 2 independent draws of z from q(z | x) in the two-state model, and their weights."""
    world = two_states()
    q = world.distributions[("q", "z", "x")]({"x": 1})
    _, weight = parse_definition(r"\mathcal{W}(z) := \frac{p(x \mid z) \, p(z)}{q(z \mid x)}")
    weights = [Evaluator(world, {"z": z}).value(weight) for z in (1, 2)]

    def average(function):
        return sp.Add(
            *(
                q.probabilities[i] * q.probabilities[j] * function({"w": sp.Matrix([weights[i], weights[j]])})
                for i, j in product((0, 1), repeat=2)
            )
        )

    return replace(
        world,
        title=rf"{world.title},\ K = 2",
        values={**world.values, "K": 2},
        average=average,
    )


@equation(
    chapter=4,
    mutants={
        "an upper bound": (r"\le \log p", r"\ge \log p"),
        "the sum for the mean": (r"\frac{1}{K} \sum", r"\sum"),
    },
)
def digits_importance_bound():
    r"""
    \mathbb{E}\left[ \log \left( \frac{1}{K} \sum_{k=1}^{K} w_k \right) \right] \le \log p_\theta(x)
    """
    return _two_weights()


# --- codes


@equation(
    chapter=4,
    mutants={
        "the price of a narrow code forgotten": (r" - \log \tau^2", ""),
        "log tau for log tau squared": (r"\log \tau^2", r"\log \tau"),
    },
)
def digits_autoencoder_limit():
    r"""
    D_{\mathrm{KL}}\left( \mathcal{N}(m, \tau^2 I) \,\|\, \mathcal{N}(0, I) \right) = \frac{1}{2} \sum_{j=1}^{d} \left( m_j^2 + \tau^2 - 1 - \log \tau^2 \right)
    """
    m = sp.Matrix(sp.symbols("m_1 m_2", real=True))
    return symbols(r"d = 2", {"m": m, r"\tau": sp.Symbol("tau", positive=True), "d": 2})


@equation(
    chapter=4,
    mutants={
        "averaged over data that are not the model's": (
            r"\mathbb{E}_{p_\theta(x)}",
            r"\mathbb{E}_{q_\phi(x)}",
        ),
        "the likelihood for the posterior": (r"p_\theta(z \mid x)", r"p_\theta(x \mid z)"),
    },
)
def digits_aggregate():
    r"""
    \mathbb{E}_{p_\theta(x)}\left[ p_\theta(z \mid x) \right] = p(z)
    """
    world = two_states()
    other = {
        ("q", "x", ""): lambda _: Finite((sp.Rational(1, 2), sp.Rational(1, 2)))
    }  # data not from the model
    return tuple(
        replace(world, values={**world.values, "z": z}, distributions={**world.distributions, **other})
        for z in (1, 2)
    )


@equation(
    chapter=4,
    mutants={
        "no hidden beta": (r"- D \, D_", r"- D_"),
        "the beta divides": (r"- D \, D_", r"- \frac{1}{D} D_"),
    },
)
def digits_hidden_beta():
    r"""
    \begin{aligned}
    & \frac{1}{D} \mathbb{E}_{q_\phi(z \mid x)}\left[ \log p_\theta(x \mid z) \right] - D_{\mathrm{KL}}\left( q_\phi(z \mid x) \,\|\, p(z) \right) \\
    & \quad = \frac{1}{D} \left( \mathbb{E}_{q_\phi(z \mid x)}\left[ \log p_\theta(x \mid z) \right] - D \, D_{\mathrm{KL}}\left( q_\phi(z \mid x) \,\|\, p(z) \right) \right)
    \end{aligned}
    """
    world = two_states()
    return replace(world, values={**world.values, "D": sp.Symbol("D", positive=True)})
