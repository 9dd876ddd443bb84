r"""The equations of chapter 10: blur, flows and adversaries."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import sympy as sp

from vae_course.symbolic.distributions import ByLogDensity, Finite, Gaussian, Undecidable, Value, column
from vae_course.symbolic.evaluate import Evaluator
from vae_course.symbolic.latex import Node
from vae_course.symbolic.registry import definition, equation
from vae_course.symbolic.worlds import Bindings, World, probability, symbols

# --- images that share a code


@dataclass(frozen=True)
class Points:
    """A distribution over finitely many values of any kind, each with its probability."""

    points: tuple[Value, ...]
    probabilities: tuple[sp.Expr, ...]

    def log_density(self, value: Value) -> sp.Expr:
        raise Undecidable("only expectations are needed of images that share a code")

    def expectation(self, function: Callable[[Value], sp.Expr]) -> sp.Expr:
        return sp.Add(*(p * function(x) for x, p in zip(self.points, self.probabilities, strict=True)))


def _share(symbol: sp.Symbol, rng: random.Random) -> sp.Rational:
    """A value for \\pi in (0, 1), any value for a pixel."""
    value = probability(symbol, rng)
    return value if symbol.name.startswith("pi") else 3 * value - 1


def _two_images() -> World:
    """Two images of two pixels, a and b, share a code: the first with probability pi."""
    a, b, m = (sp.Matrix(sp.symbols(f"{letter}_1:3", real=True)) for letter in "abm")
    pi = sp.Symbol("pi", positive=True)
    return World(
        title=r"\text{two images of two pixels share the code } z:\ q(x{=}a\mid z)=\pi,\ q(x{=}b\mid z)=1-\pi,"
        r"\ c=\pi a+(1-\pi) b",
        values={"a": a, "b": b, "m": m, "c": pi * a + (1 - pi) * b, r"\pi": pi, "z": sp.S.One, "D": 2},
        distributions={("q", "x", "z"): lambda _: Points((a, b), (pi, 1 - pi))},
        draw=_share,
    )


@equation(
    chapter=10,
    mutants={
        "the bias subtracted": (r"+ \sum", r"- \sum"),
        "the spread measured around m": (r"(x_j - c_j)^2", r"(x_j - m_j)^2"),
        "the bias not squared": (r"(c_j - m_j)^2", r"(c_j - m_j)"),
    },
)
def blur_parabola():
    r"""
    \mathbb{E}_{q_\phi(x \mid z)}\left[ \sum_{j=1}^{D} (x_j - m_j)^2 \right]
    = \mathbb{E}_{q_\phi(x \mid z)}\left[ \sum_{j=1}^{D} (x_j - c_j)^2 \right] + \sum_{j=1}^{D} (c_j - m_j)^2
    """
    return _two_images()


@equation(
    chapter=10,
    mutants={
        "the two shares added": (r"\pi (1 - \pi)", r"(\pi + 1 - \pi)"),
        "one share only": (r"\pi (1 - \pi)", r"\pi"),
        "a quarter for all shares": (r"\pi (1 - \pi)", r"\frac{1}{4}"),
    },
)
def blur_two_images():
    r"""
    \mathbb{E}_{q_\phi(x \mid z)}\left[ \sum_{j=1}^{D} (x_j - c_j)^2 \right] = \pi (1 - \pi) \sum_{j=1}^{D} (a_j - b_j)^2
    """
    return _two_images()


def _two_codes() -> World:
    """Two codes, two values of one pixel under each: the whole variance, within a code and between codes."""
    pixel = sp.symbols("x_1:5", real=True)
    pi, *within = sp.symbols("pi pi_1 pi_2", positive=True)
    codes = ((pi, within[0], pixel[:2]), (1 - pi, within[1], pixel[2:]))
    draws: list[tuple[sp.Expr, Bindings]] = []
    for share, first, (x, other) in codes:
        c = first * x + (1 - first) * other
        draws += [(share * first, {"x": x, "c": c}), (share * (1 - first), {"x": other, "c": c})]
    return World(
        title=r"\text{two codes, } p(z{=}1)=\pi,\ \text{and two values of } x \text{ under each, the first with } \pi_z",
        values={"bar x": sp.Add(*(p * drawn["x"] for p, drawn in draws))},
        average=lambda function: sp.Add(*(p * function(drawn) for p, drawn in draws)),
        draw=_share,
    )


@equation(
    chapter=10,
    mutants={
        "what is lost is added to the image": (r"+ \mathbb{E}\left[ (c", r"- \mathbb{E}\left[ (c"),
        "the codes explain everything": (r"\mathbb{E}\left[ (x - c)^2 \right] + ", ""),
        "the spread of the means around zero": (r"(c - \bar{x})^2", r"c^2"),
    },
)
def blur_total_variance():
    r"""
    \mathbb{E}\left[ (x - \bar{x})^2 \right] = \mathbb{E}\left[ (x - c)^2 \right] + \mathbb{E}\left[ (c - \bar{x})^2 \right]
    """
    return _two_codes()


@equation(
    chapter=10,
    mutants={
        "the larger the better": (r"\le ", r"\ge "),
        "a mean residual that costs a whole nat": (r"- \frac{1}{2} \left( \log", r"- \left( \log"),
        "more than the best": (r"+ 1 \right)", r"+ 2 \right)"),
    },
)
def blur_sigma():
    r"""
    - \frac{v}{2 \sigma^2} - \frac{1}{2} \log (2 \pi \sigma^2) \le - \frac{1}{2} \left( \log (2 \pi v) + 1 \right)
    """
    positive = {"v": sp.Symbol("v", positive=True), r"\sigma": sp.Symbol("sigma", positive=True)}
    return symbols(r"v, \sigma > 0", {**positive, r"\pi": sp.pi})


# --- a posterior that is too simple


def _tilted() -> World:
    """A Gaussian posterior in two dimensions with unit variances and correlation rho, and a round Gaussian."""
    mu = sp.Matrix(sp.symbols("mu_1:3", real=True))
    rho, s = sp.symbols("rho s", positive=True)

    def draw(symbol: sp.Symbol, rng: random.Random) -> sp.Rational:
        value = probability(symbol, rng)
        return value if symbol == rho else 2 * value

    return World(
        title=r"\Sigma=\begin{pmatrix}1&\rho\\\rho&1\end{pmatrix},\ 0<\rho<1,\ s>0",
        values={
            r"\mu": mu,
            r"\rho": rho,
            "s": s,
            r"\Sigma": sp.Matrix([[1, rho], [rho, 1]]),
        },
        draw=draw,
    )


@equation(
    chapter=10,
    mutants={
        "the marginal variance is the best": (r"\mathcal{N}(\mu, (1 - \rho^2) I)", r"\mathcal{N}(\mu, I)"),
        "the wrong side": (r"\ge", r"\le"),
        "the half left out": (r"= - \frac{1}{2} \log", r"= - \log"),
    },
)
def meanfield_tilted():
    r"""
    D_{\mathrm{KL}}\left( \mathcal{N}(\mu, s^2 I) \,\|\, \mathcal{N}(\mu, \Sigma) \right)
    \ge D_{\mathrm{KL}}\left( \mathcal{N}(\mu, (1 - \rho^2) I) \,\|\, \mathcal{N}(\mu, \Sigma) \right)
    = - \frac{1}{2} \log (1 - \rho^2)
    """
    return _tilted()


def _two_modes() -> World:
    """A posterior that is half p_1 and half p_2, each any distribution over three values."""
    a, b = (sp.symbols(f"{letter}_1:4", positive=True) for letter in "ab")
    first, second = (tuple(k / sp.Add(*numbers) for k in numbers) for numbers in (a, b))
    both = tuple((p + q) / 2 for p, q in zip(first, second, strict=True))
    return World(
        title=r"\text{three values of } z:\ p_1(k)\propto a_k,\ p_2(k)\propto b_k,\ "
        r"p_\theta(z\mid x)=\tfrac{1}{2}p_1(z)+\tfrac{1}{2}p_2(z)",
        values={"x": sp.S.One},
        distributions={
            ("p_1", "z", ""): lambda _: Finite(first),
            ("p", "z", "x"): lambda _: Finite(both),
        },
    )


@equation(
    chapter=10,
    mutants={
        "free of charge": (r"\log 2", r"0"),
        "at least log 2": (r"\le ", r"\ge "),
    },
)
def mode_price():
    r"""
    D_{\mathrm{KL}}\left( p_1(z) \,\|\, p_\theta(z \mid x) \right) \le \log 2
    """
    return _two_modes()


# --- flows


def _bent() -> World:
    """Noise pushed onto a parabola; its density by conditionals, for comparison with the change of variables."""
    e = sp.Matrix(sp.symbols("varepsilon_1:3", real=True))
    m, (s1, s2) = sp.symbols("m_1:3", real=True), sp.symbols("s_1:3", positive=True)
    b = sp.Symbol("b", real=True)
    z = sp.Matrix([m[0] + s1 * e[0], m[1] + b * e[0] ** 2 + s2 * e[1]])

    def log_density(value: Value) -> sp.Expr:
        first, second = column(value)
        along = (first - m[0]) / s1
        given = Gaussian(m[1] + b * along**2, s2**2)
        return Gaussian(m[0], s1**2).log_density(first) + given.log_density(second)

    return World(
        title=r"z_1=m_1+s_1\varepsilon_1,\ z_2=m_2+b\,\varepsilon_1^2+s_2\varepsilon_2;\ "
        r"q(z\mid x)=q(z_1\mid x)\,q(z_2\mid z_1,x)",
        values={"x": sp.S.One, "z": z, r"\varepsilon": e, "J": z.jacobian(e)},
        distributions={("q", "z", "x"): lambda _: ByLogDensity(log_density)},
    )


@equation(
    chapter=10,
    mutants={
        "stretching makes denser": (r"- \log \operatorname{det}", r"+ \log \operatorname{det}"),
        "the determinant without its logarithm": (
            r"- \log \operatorname{det}(J)",
            r"- \operatorname{det}(J)",
        ),
        "the stretching forgotten": (r" - \log \operatorname{det}(J)", ""),
    },
)
def flow_change():
    r"""
    \log q_\phi(z \mid x) = \log \mathcal{N}(\varepsilon; 0, I) - \log \operatorname{det}(J)
    """
    return _bent()


def _autoregressive() -> World:
    """A step y_i = sigma_i z_i + (1 - sigma_i) m_i in three dimensions, with sigma_i and m_i of z_1, ..., z_{i-1}."""
    z = sp.Matrix(sp.symbols("z_1:4", real=True))
    a, b, c = (sp.symbols(f"{letter}_1:4", real=True) for letter in "abc")
    before = (sp.S.Zero, z[0], z[0] * z[1])
    gates = [1 / (1 + sp.exp(-(a[i] + b[i] * before[i]))) for i in range(3)]
    shifts = [c[i] * (1 + before[i] ** 2) for i in range(3)]
    y = sp.Matrix([gate * v + (1 - gate) * m for gate, v, m in zip(gates, z, shifts, strict=True)])
    return World(
        title=r"d=3,\ \sigma_i=\operatorname{sigmoid}(a_i+b_i h_i),\ m_i=c_i(1+h_i^2),\ h=(0, z_1, z_1 z_2)",
        values={"z": z, r"\sigma": sp.Matrix(gates), "J": y.jacobian(z), "d": 3},
    )


@equation(
    chapter=10,
    mutants={
        "the gate's complement": (r"\log \sigma_i", r"\log (1 - \sigma_i)"),
        "a step back": (r"= \sum", r"= - \sum"),
        "the sum of the gates": (r"\log \sigma_i", r"\sigma_i"),
        "the first gate only": (r"\sum_{i=1}^{d}", r"\sum_{i=1}^{1}"),
    },
)
def flow_triangular():
    r"""
    \log \operatorname{det}(J) = \sum_{i=1}^{d} \log \sigma_i
    """
    return _autoregressive()


# --- a discriminator in place of a likelihood

best_discriminator = definition(
    r"""\mathcal{D}(x) := \frac{p_{\mathrm{data}}(x)}{p_{\mathrm{data}}(x) + p_\theta(x)}"""
)


def _real_and_fake() -> World:
    """Any distribution of data over two values and any of a generator; p_m is half of each."""
    a, b = sp.symbols("a_1:3", positive=True), sp.symbols("b_1:3", positive=True)
    data, fake = (tuple(k / sp.Add(*odds) for k in odds) for odds in (a, b))
    both = tuple((p + q) / 2 for p, q in zip(data, fake, strict=True))
    world = World(
        title=r"\text{two values of } x:\ p_{\mathrm{data}}(k)\propto a_k,\ p_\theta(k)\propto b_k,\ "
        r"p_m=\tfrac{1}{2}p_{\mathrm{data}}+\tfrac{1}{2}p_\theta",
        values={"x": sp.S.One, r"\delta": sp.Symbol("delta", positive=True)},
        distributions={
            ("p_data", "x", ""): lambda _: Finite(data),
            ("p", "x", ""): lambda _: Finite(fake),
            ("p_m", "x", ""): lambda _: Finite(both),
        },
        draw=probability,
    )
    return best_discriminator(world)


@equation(
    chapter=10,
    mutants={
        "the worst discriminator": (r"\le", r"\ge"),
        "fakes taken for real": (
            r"p_{\mathrm{data}}(x) \log \mathcal{D}(x) + p_\theta(x) \log (1 - \mathcal{D}(x))",
            r"p_{\mathrm{data}}(x) \log (1 - \mathcal{D}(x)) + p_\theta(x) \log \mathcal{D}(x)",
        ),
    },
)
def gan_discriminator():
    r"""
    p_{\mathrm{data}}(x) \log \delta + p_\theta(x) \log (1 - \delta)
    \le p_{\mathrm{data}}(x) \log \mathcal{D}(x) + p_\theta(x) \log (1 - \mathcal{D}(x))
    """
    return _real_and_fake()


@equation(
    chapter=10,
    mutants={
        "the ratio upside down": (r"= \log \frac{p_{\mathrm{data}}(x)}{p_\theta(x)}", r"= - \log \frac{p_{\mathrm{data}}(x)}{p_\theta(x)}"),
        "the densities without the logarithm": (r"= \log \frac", r"= \frac"),
    },
)  # fmt: skip
def gan_ratio():
    r"""
    \log \mathcal{D}(x) - \log (1 - \mathcal{D}(x)) = \log \frac{p_{\mathrm{data}}(x)}{p_\theta(x)}
    """
    return _real_and_fake()


@equation(
    chapter=10,
    mutants={
        "the constant forgotten": (r"\right) - \log 4", r"\right)"),
        "one of the two divergences": (
            r"+ D_{\mathrm{KL}}\left( p_\theta(x) \,\|\, p_m(x) \right)",
            "",
        ),
        "a divergence between the two themselves": (
            r"D_{\mathrm{KL}}\left( p_{\mathrm{data}}(x) \,\|\, p_m(x) \right)",
            r"D_{\mathrm{KL}}\left( p_{\mathrm{data}}(x) \,\|\, p_\theta(x) \right)",
        ),
    },
)
def gan_jensen_shannon():
    r"""
    \begin{aligned}
    & \mathbb{E}_{p_{\mathrm{data}}(x)}\left[ \log \mathcal{D}(x) \right] + \mathbb{E}_{p_\theta(x)}\left[ \log (1 - \mathcal{D}(x)) \right] \\
    & \quad = D_{\mathrm{KL}}\left( p_{\mathrm{data}}(x) \,\|\, p_m(x) \right) + D_{\mathrm{KL}}\left( p_\theta(x) \,\|\, p_m(x) \right) - \log 4
    \ge - \log 4
    \end{aligned}
    """
    return _real_and_fake()


def _logit() -> World:
    """The discriminator's logit for a fake, and the derivative by it."""

    def derivative(evaluator: Evaluator, name: Node, body: Node) -> sp.Expr:
        return sp.diff(evaluator.value(body), evaluator.value(name))

    return symbols(r"\ell \in \mathbb{R}", {r"\ell": sp.Symbol("ell", real=True), "nabla": derivative})


@equation(
    chapter=10,
    mutants={
        "the gradient of a fake that passes": (
            r"- \operatorname{sigmoid}(\ell) ",
            r"- \operatorname{sigmoid}(-\ell) ",
        ),
        "the wrong direction": (r"= - \operatorname{sigmoid}(\ell) ", r"= \operatorname{sigmoid}(\ell) "),
    },
)
def gan_saturating():
    r"""
    \nabla_\ell \log (1 - \operatorname{sigmoid}(\ell)) = - \operatorname{sigmoid}(\ell) \ge - \exp(\ell)
    """
    return _logit()


@equation(
    chapter=10,
    mutants={
        "saturating after all": (r"\operatorname{sigmoid}(\ell) - 1", r"- \operatorname{sigmoid}(\ell)"),
        "the wrong direction": (r"- \log", r"\log"),
    },
)
def gan_non_saturating():
    r"""
    \nabla_\ell ( - \log \operatorname{sigmoid}(\ell) ) = \operatorname{sigmoid}(\ell) - 1
    """
    return _logit()
