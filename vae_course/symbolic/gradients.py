"""The equations of chapter 3: two gradients of an expectation, their variances, the bound with K samples.

Randomness is a fixed list of symbols for independent standard normals, so that a draw z = m + s eps is an
expression in them, its gradient is a derivative, and means and variances are moments of a polynomial.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import product

import sympy as sp

from vae_course.symbolic.distributions import Finite, Gaussian, Undecidable, Value
from vae_course.symbolic.evaluate import Evaluator
from vae_course.symbolic.latex import Node
from vae_course.symbolic.registry import equation
from vae_course.symbolic.worlds import World, linear_gaussian, probability, symbols, two_states

# --- noise, and what is done with it

EPSILON = sp.Dummy("varepsilon", real=True)
Z = sp.Dummy("z", real=True)  # a draw that is held fixed while the parameters move


def mean_over(noise: tuple[sp.Symbol, ...], body: sp.Expr) -> sp.Expr:
    """E[body] for a polynomial in independent standard normals: odd moments vanish, E[e^2n] = (2n - 1)!!."""
    body = sp.expand(body)
    if not body.is_polynomial(*noise):
        raise Undecidable(f"not a polynomial in the noise: {body}")
    total = sp.S.Zero
    for powers, coefficient in sp.Poly(body, *noise).terms():
        if all(power % 2 == 0 for power in powers):
            total += coefficient * sp.prod([sp.factorial2(power - 1) for power in powers])
    return total


@dataclass(frozen=True)
class Noise:
    """The standard normal under which a draw is a function of parameters and of EPSILON."""

    def expectation(self, function: Callable[[Value], sp.Expr]) -> sp.Expr:
        return mean_over((EPSILON,), function(EPSILON))

    def log_density(self, value: Value) -> sp.Expr:
        raise Undecidable("the density of the noise is not needed")


@dataclass(frozen=True)
class Draw(Gaussian):
    """A Gaussian over one number whose expectations are exact for polynomials of any degree."""

    def expectation(self, function: Callable[[Value], sp.Expr]) -> sp.Expr:
        at = self.mean + sp.sqrt(self.covariance) * EPSILON
        return mean_over((EPSILON,), function(Z).subs(Z, at))


def nabla(after: Mapping[sp.Symbol, sp.Expr] | None = None) -> Callable[..., Value]:
    """The meaning of a gradient: differentiate by the one parameter that this world knows, then substitute `after`.

    Names that are held fixed while the parameters move get their values back by `after`.
    """

    def differentiate(evaluator: Evaluator, *arguments: Node) -> Value:
        *names, body = arguments
        by = [evaluator.world.values[name.letter] for name in names if name.letter in evaluator.world.values]
        if len(by) != 1:
            raise Undecidable(f"{len(by)} parameters to differentiate by, not one")
        return sp.diff(evaluator.value(body), by[0]).subs(after or {}, simultaneous=True)

    return differentiate


def random(world: World, noise: tuple[sp.Symbol, ...]) -> World:
    r"""The world with \mathbb{E}[.] and \operatorname{Var}(.) over the given standard normals."""

    def variance(evaluator: Evaluator, body: Node) -> sp.Expr:
        value = evaluator.value(body)
        return mean_over(noise, value**2) - mean_over(noise, value) ** 2

    return replace(
        world,
        values={"nabla": nabla(), **world.values, "Var": variance},
        average=lambda body: mean_over(noise, body({})),
    )


# --- models with a gradient


def finite() -> World:
    r"""The two-state model, differentiated by the encoder's probability \phi = q_1."""
    world = two_states()
    return replace(world, values={**world.values, r"\phi": sp.Symbol("q_1", positive=True), "nabla": nabla()})


def draws(by: str, *, at_posterior: bool = False) -> World:
    r"""The linear-Gaussian model with f = m + s \varepsilon, differentiated by `by`: w, which is in \theta, or m or s, in \phi.

    z is a draw that does not move with the parameters, q_{\bar\phi} the encoder's density whose parameters do not.
    """
    world = linear_gaussian()
    x, w, b, m, sigma = (world.values[name] for name in ("x", "w", "b", "m", r"\sigma"))
    s = sp.sqrt(world.values["S"])
    m_fixed, s_fixed = sp.Dummy("m", real=True), sp.Dummy("s", positive=True)
    precision = (w**2 + sigma**2) / sigma**2
    parameter = {"w": w, "m": m, "s": s}[by]
    fixed = {Z: m + s * EPSILON, m_fixed: m, s_fixed: s}
    if at_posterior:
        exact = {m: w * (x - b) / (w**2 + sigma**2), s: 1 / sp.sqrt(precision)}
        fixed = {name: value.subs(exact, simultaneous=True) for name, value in fixed.items()} | exact
    p_x, p_z = (world.distributions[key] for key in (("p", "x", "z"), ("p", "z", "")))

    def q(_):
        return Draw(m, s**2)

    where = r"\text{ at }q=p(z\mid x)" if at_posterior else ""
    values = {
        **world.values,
        "z": Z,
        "s": s,
        "f": m + s * EPSILON,
        r"\tau": 1 / sp.sqrt(precision),
        r"\varepsilon": EPSILON,
        r"\theta" if by == "w" else r"\phi": parameter,
        "nabla": nabla(fixed),
    }
    distributions = {
        **world.distributions,
        ("q", "z", "x"): q,
        ("q", "f", "x"): q,
        (r"q_\bar", "f", "x"): lambda _: Gaussian(m_fixed, s_fixed**2),
        ("p", "f", ""): p_z,
        ("p", "x", "f"): lambda at: p_x({"z": at["f"]}),
        ("p", r"\varepsilon", ""): lambda _: Noise(),
    }
    title = rf"{world.title},\ f=m+s\varepsilon,\ \nabla\text{{ by }}{by}{where}"
    return random(replace(world, title=title, values=values, distributions=distributions), (EPSILON,))


# --- the gradient that does not arrive


@equation(
    chapter=3,
    mutants={
        "the density for its logarithm": (r"\log q_\phi", r"q_\phi"),
        "averaged under the prior": (r"\mathbb{E}_{q_\phi(z \mid x)}", r"\mathbb{E}_{p(z)}"),
    },
)
def gradients_score_mean():
    r"""
    \mathbb{E}_{q_\phi(z \mid x)}\left[ \nabla_\phi \log q_\phi(z \mid x) \right] = 0
    """
    return finite(), draws("m"), draws("s")


# --- the score-function gradient


@equation(
    chapter=3,
    mutants={
        "the density left out": (r"= q_\phi(z \mid x) \nabla", r"= \nabla"),
        "the logarithm left out": (r"\nabla_\phi \log q", r"\nabla_\phi q"),
    },
)
def gradients_log_derivative():
    r"""
    \nabla_\phi q_\phi(z \mid x) = q_\phi(z \mid x) \nabla_\phi \log q_\phi(z \mid x)
    """
    world = finite()
    return tuple(replace(world, values={**world.values, "z": z}) for z in (1, 2))


@equation(
    chapter=3,
    mutants={
        "the joint for the weight": (
            r"\frac{p_\theta(x, z)}{q_\phi(z \mid x)} \, \nabla",
            r"p_\theta(x, z) \, \nabla",
        ),
        "only the density differentiated": (r"\nabla_\phi \log q", r"\nabla_\phi q"),
        "the draw's own gradient alone": (
            r"\log \frac{p_\theta(x, z)}{q_\phi(z \mid x)} \, \nabla_\phi \log q_\phi(z \mid x)",
            r"\nabla_\phi \log \frac{p_\theta(x, z)}{q_\phi(z \mid x)}",
        ),
    },
)
def gradients_score():
    r"""
    \nabla_\phi \mathbb{E}_{q_\phi(z \mid x)}\left[ \log \frac{p_\theta(x, z)}{q_\phi(z \mid x)} \right]
    = \mathbb{E}_{q_\phi(z \mid x)}\left[ \log \frac{p_\theta(x, z)}{q_\phi(z \mid x)} \, \nabla_\phi \log q_\phi(z \mid x) \right]
    """
    return finite(), draws("m"), draws("s")


# --- the pathwise gradient, the lecture's lines


@equation(
    chapter=3,
    mutants={
        "the gradient lost": (r"= \nabla_{\theta, \phi}", "="),
        "the prior counted twice": (r"\log p_\theta(x \mid z)", r"\log p_\theta(x, z)"),
    },
)
def gradients_two_terms():
    r"""
    \begin{aligned}
    & \nabla_{\theta, \phi} \mathbb{E}_{q_\phi(z \mid x)}\left[ \log \frac{p_\theta(x, z)}{q_\phi(z \mid x)} \right] \\
    & \quad = \nabla_{\theta, \phi} \left( \mathbb{E}_{q_\phi(z \mid x)}\left[ \log p_\theta(x \mid z) \right]
    + \mathbb{E}_{q_\phi(z \mid x)}\left[ \log \frac{p(z)}{q_\phi(z \mid x)} \right] \right)
    \end{aligned}
    """
    return finite(), draws("w"), draws("s")


@equation(
    chapter=3,
    mutants={
        "the draw not moved": (r"p_\theta(x, f)", r"p_\theta(x, z)"),
        "only the likelihood at the draw": (r"p_\theta(x, f)", r"p_\theta(x \mid f)"),
    },
)
def gradients_substitute():
    r"""
    \nabla_{\theta, \phi} \mathbb{E}_{q_\phi(z \mid x)}\left[ \log \frac{p_\theta(x, z)}{q_\phi(z \mid x)} \right]
    = \nabla_{\theta, \phi} \mathbb{E}_{p(\varepsilon)}\left[ \log \frac{p_\theta(x, f)}{q_\phi(f \mid x)} \right]
    """
    return draws("w"), draws("m"), draws("s")


@equation(
    chapter=3,
    mutants={
        "the draw detached": (
            r"\nabla_{\theta, \phi} \log \frac{p_\theta(x, f)}{q_\phi(f \mid x)} \right]",
            r"\nabla_{\theta, \phi} \log \frac{p_\theta(x, z)}{q_\phi(z \mid x)} \right]",
        ),
        "the encoder's density left out": (
            r"\nabla_{\theta, \phi} \log \frac{p_\theta(x, f)}{q_\phi(f \mid x)} \right]",
            r"\nabla_{\theta, \phi} \log p_\theta(x, f) \right]",
        ),
    },
)
def gradients_exchange():
    r"""
    \nabla_{\theta, \phi} \mathbb{E}_{p(\varepsilon)}\left[ \log \frac{p_\theta(x, f)}{q_\phi(f \mid x)} \right]
    = \mathbb{E}_{p(\varepsilon)}\left[ \nabla_{\theta, \phi} \log \frac{p_\theta(x, f)}{q_\phi(f \mid x)} \right]
    """
    return draws("w"), draws("m"), draws("s")


@equation(
    chapter=3,
    mutants={
        "the chain rule's second factor lost": (r"\nabla_z h \, \nabla_\phi f", r"\nabla_z h"),
        "the density for its logarithm": (r"\nabla_\phi \log q_\phi(z \mid x)", r"\nabla_\phi f"),
    },
)
def gradients_two_ways():
    r"""
    \mathbb{E}_{q_\phi(z \mid x)}\left[ h \, \nabla_\phi \log q_\phi(z \mid x) \right]
    = \mathbb{E}_{p(\varepsilon)}\left[ \nabla_z h \, \nabla_\phi f \right]
    """
    h = sp.Add(*(sp.Symbol(f"h_{k}", real=True) * Z**k for k in range(4)))

    def cubic(by: str) -> World:
        world = draws(by)
        return replace(
            world,
            title=rf"h=h_0+h_1z+h_2z^2+h_3z^3,\ q=\mathcal{{N}}(m,s^2),\ f=m+s\varepsilon,\ \nabla_\phi\text{{ by }}{by}",
            values={**world.values, "h": h},
        )

    return cubic("m"), cubic("s")


# --- the variances of both, in closed form


def square() -> World:
    r"""z = \mu + \sigma \varepsilon."""
    mu, sigma = sp.Symbol("mu", real=True), sp.Symbol("sigma", positive=True)
    world = symbols(
        r"z = \mu + \sigma \varepsilon,\ \varepsilon \sim \mathcal{N}(0, 1)",
        {r"\mu": mu, r"\sigma": sigma, "z": mu + sigma * EPSILON},
    )
    return random(world, (EPSILON,))


@equation(
    chapter=3,
    mutants={
        "sigma for sigma squared below": (r"\frac{z - \mu}{\sigma^2}", r"\frac{z - \mu}{\sigma}"),
        "E[e^6] is 15": (r"15 \sigma^2", r"3 \sigma^2"),
        "the mean not subtracted": (r"14 \mu^2", r"18 \mu^2"),
    },
)
def gradients_square_score_variance():
    r"""
    \operatorname{Var}\left( z^2 \frac{z - \mu}{\sigma^2} \right) = \frac{\mu^4}{\sigma^2} + 14 \mu^2 + 15 \sigma^2
    """
    return square()


def quadratic(samples: int = 1) -> World:
    r"""h = a_0 + a_1 \varepsilon + a_2 \varepsilon^2, the score S = \varepsilon / \sigma, and `samples` gradients g_k = h S."""
    a = sp.symbols("a_0:3", real=True)
    sigma = sp.Symbol("sigma", positive=True)
    noise = (EPSILON,) if samples == 1 else tuple(sp.Dummy(f"e_{k}", real=True) for k in range(samples))

    def h(e: sp.Symbol) -> sp.Expr:
        return a[0] + a[1] * e + a[2] * e**2

    values = {f"a_{k}": a[k] for k in range(3)} | {
        "h": h(noise[0]),
        "S": noise[0] / sigma,
        r"\sigma": sigma,
        r"\eta": sp.Symbol("eta", real=True),
        r"\varepsilon": noise[0],
        "g": sp.Matrix([h(e) * e / sigma for e in noise]),
        "K": samples,
    }
    title = r"h = a_0 + a_1 \varepsilon + a_2 \varepsilon^2,\ \varepsilon \sim \mathcal{N}(0, 1)"
    return random(symbols(title + (rf",\ K = {samples}" if samples > 1 else ""), values), noise)


@equation(
    chapter=3,
    mutants={
        "the constant does not count": ("a_0^2 + 2", "2"),
        "the curvature's own moment": ("15 a_2^2", "3 a_2^2"),
        "divided by sigma": (r"}{\sigma^2}", r"}{\sigma}"),
    },
)
def gradients_quadratic_score():
    r"""
    \operatorname{Var}\left( h \frac{\varepsilon}{\sigma} \right)
    = \frac{a_0^2 + 2 a_1^2 + 6 a_0 a_2 + 15 a_2^2}{\sigma^2}
    """
    return quadratic()


@equation(
    chapter=3,
    mutants={
        "the slope counted": ("4 a_2^2", "a_1^2 + 4 a_2^2"),
        "the two not squared": ("4 a_2^2", "2 a_2^2"),
    },
)
def gradients_quadratic_path():
    r"""
    \operatorname{Var}\left( \frac{1}{\sigma} \nabla_\varepsilon h \right) = \frac{4 a_2^2}{\sigma^2}
    """
    return quadratic()


@equation(
    chapter=3,
    mutants={
        "the spread of q forgotten": (r"\frac{s^2 w^2}{2 \sigma^2}", r"\frac{w^2}{2 \sigma^2}"),
        "the half left out": (r"\frac{s^2 w^2}{2 \sigma^2}", r"\frac{s^2 w^2}{\sigma^2}"),
        "the offset left out": ("x - w m - b)}", "x - w m)}"),
    },
)
def gradients_log_density():
    r"""
    \log p_\theta(x \mid f) = \log \mathcal{N}(x; w m + b, \sigma^2)
    + \frac{s w (x - w m - b)}{\sigma^2} \varepsilon - \frac{s^2 w^2}{2 \sigma^2} \varepsilon^2
    """
    return draws("m")


# --- many dimensions, a baseline, many samples


def bowl(d: int) -> World:
    r"""h = \sum_j z_j^2 in d dimensions, z_j = \sigma \varepsilon_j."""
    sigma = sp.Symbol("sigma", positive=True)
    noise = tuple(sp.Dummy(f"e_{j + 1}", real=True) for j in range(d))
    z = sp.Matrix([sigma * e for e in noise])
    values = {
        "h": sum(entry**2 for entry in z),
        "z": z,
        r"\varepsilon": sp.Matrix(noise),
        "d": d,
        r"\sigma": sigma,
    }
    return random(symbols(rf"h = z_1^2 + \dots + z_d^2,\ \mu = 0,\ d = {d}", values), noise)


@equation(
    chapter=3,
    mutants={
        "linear in d": ("(d + 2)(d + 4)", "3 (d + 4)"),
        "as in one dimension": ("(d + 2)(d + 4)", "15"),
    },
)
def gradients_dimensions_score():
    r"""
    \operatorname{Var}\left( h \frac{\varepsilon_1}{\sigma} \right) = (d + 2)(d + 4) \sigma^2
    """
    return bowl(1), bowl(2), bowl(3)


@equation(
    chapter=3,
    mutants={
        "the mean for the baseline": (r"(d + 2) \sigma^2) \frac", r"d \sigma^2) \frac"),
        "no gap to the pathwise gradient": (r"= 2 (d + 2)", "= 4"),
    },
)
def gradients_dimensions_baseline():
    r"""
    \operatorname{Var}\left( (h - (d + 2) \sigma^2) \frac{\varepsilon_1}{\sigma} \right) = 2 (d + 2) \sigma^2
    """
    return bowl(1), bowl(2), bowl(3)


@equation(
    chapter=3,
    mutants={
        "the score not squared": (r"\mathbb{E}\left[ h S^2 \right]", r"\mathbb{E}\left[ h S \right]"),
        "the cost of the baseline forgotten": (r" + \eta^2 \, \mathbb{E}\left[ S^2 \right]", ""),
    },
)
def gradients_baseline():
    r"""
    \operatorname{Var}\left( (h - \eta) S \right)
    = \operatorname{Var}\left( h S \right) - 2 \eta \, \mathbb{E}\left[ h S^2 \right] + \eta^2 \, \mathbb{E}\left[ S^2 \right]
    """
    return quadratic()


@equation(
    chapter=3,
    mutants={
        "the mean of h for the baseline": ("a_0 - 3 a_2", "a_0 - a_2"),
        "no gap to the pathwise gradient": ("2 a_1^2 + 6 a_2^2", "4 a_2^2"),
    },
)
def gradients_baseline_best():
    r"""
    \operatorname{Var}\left( (h - a_0 - 3 a_2) \frac{\varepsilon}{\sigma} \right) = \frac{2 a_1^2 + 6 a_2^2}{\sigma^2}
    """
    return quadratic()


@equation(
    chapter=3,
    mutants={
        "one over K squared": (r"= \frac{1}{K}", r"= \frac{1}{K^2}"),
        "the standard deviation's rate": (r"= \frac{1}{K}", r"= \frac{1}{\sqrt{K}}"),
        "a sum for the mean": (r"\frac{1}{K} \sum", r"\sum"),
    },
)
def gradients_samples():
    r"""
    \operatorname{Var}\left( \frac{1}{K} \sum_{k=1}^{K} g_k \right) = \frac{1}{K} \operatorname{Var}\left( g_1 \right)
    """
    return quadratic(2), quadratic(3)


# --- which form of the ELBO to differentiate


@equation(
    chapter=3,
    mutants={
        "the score left out": (r" - \nabla_\phi \log q_\phi(z \mid x)", ""),
        "nothing held fixed": (r"q_{\bar\phi}(f \mid x)", r"q_\phi(f \mid x)"),
    },
)
def gradients_total():
    r"""
    \nabla_\phi \log \frac{p_\theta(x, f)}{q_\phi(f \mid x)}
    = \nabla_\phi \log \frac{p_\theta(x, f)}{q_{\bar\phi}(f \mid x)} - \nabla_\phi \log q_\phi(z \mid x)
    """
    return draws("m"), draws("s")


@equation(
    chapter=3,
    mutants={
        "nothing held fixed": (r"q_{\bar\phi}(f \mid x)", r"q_\phi(f \mid x)"),
        "the likelihood for the joint": (r"p_\theta(x, f)", r"p_\theta(x \mid f)"),
    },
)
def gradients_landing():
    r"""
    \nabla_\phi \log \frac{p_\theta(x, f)}{q_{\bar\phi}(f \mid x)} = 0
    """
    return draws("m", at_posterior=True), draws("s", at_posterior=True)


@equation(
    chapter=3,
    mutants={
        "the spread of q forgotten": (r"\frac{s^2}{\tau^4}", r"\frac{1}{\tau^4}"),
        "the power": (r"\tau^4", r"\tau^2"),
    },
)
def gradients_variance_sampled():
    r"""
    \operatorname{Var}\left( \nabla_m \log \frac{p_\theta(x, f)}{q_\phi(f \mid x)} \right) = \frac{s^2}{\tau^4}
    """
    return draws("m")


@equation(
    chapter=3,
    mutants={
        "the prior's share kept": (r"\frac{1}{\tau^2} - 1", r"\frac{1}{\tau^2}"),
        "the square forgotten": (r"\right)^2", r"\right)"),
    },
)
def gradients_variance_analytic():
    r"""
    \operatorname{Var}\left( \nabla_m \log p_\theta(x \mid f) \right) = s^2 \left( \frac{1}{\tau^2} - 1 \right)^2
    """
    return draws("m")


@equation(
    chapter=3,
    mutants={
        "the score not removed": (r"\frac{1}{s} - ", ""),
        "upside down": (r"\frac{s}{\tau^2}", r"\frac{\tau^2}{s}"),
    },
)
def gradients_variance_landing():
    r"""
    \operatorname{Var}\left( \nabla_m \log \frac{p_\theta(x, f)}{q_{\bar\phi}(f \mid x)} \right)
    = \left( \frac{1}{s} - \frac{s}{\tau^2} \right)^2
    """
    return draws("m")


# --- K samples in the logarithm


def weights(K: int) -> World:
    """K independent draws in the two-state model and their weights."""
    world = two_states()
    joint = [world.distributions[("p", "x", "z")]({"z": z}).probabilities[0] for z in (1, 2)]
    prior = world.distributions[("p", "z", "")]({}).probabilities
    q = world.distributions[("q", "z", "x")]({"x": 1}).probabilities
    w = [likelihood * p / share for likelihood, p, share in zip(joint, prior, q, strict=True)]

    def average(function: Callable[[dict], sp.Expr]) -> sp.Expr:
        return sp.Add(
            *(
                sp.prod([q[z] for z in drawn]) * function({"w": sp.Matrix([w[z] for z in drawn])})
                for drawn in product((0, 1), repeat=K)
            )
        )

    return replace(world, title=rf"{world.title},\ K = {K}", values={**world.values, "K": K}, average=average)


def positive_weights(K: int) -> World:
    """Any K positive weights, and the means of all but one of them."""
    w = sp.symbols(f"w_1:{K + 1}", positive=True)
    others = [(sp.Add(*w) - w[k]) / (K - 1) for k in range(K)]
    return symbols(rf"w_1, \dots, w_K > 0,\ K = {K}", {"w": sp.Matrix(w), "bar w": sp.Matrix(others), "K": K})


@equation(
    chapter=3,
    mutants={
        "a sum for the mean": (r"= \frac{1}{K} \sum", r"= \sum"),
        "one left out": (r"\sum_{k=1}^{K} \bar{w}_k", r"\sum_{k=2}^{K} \bar{w}_k"),
    },
)
def gradients_leave_one_out():
    r"""
    \frac{1}{K} \sum_{k=1}^{K} w_k = \frac{1}{K} \sum_{k=1}^{K} \bar{w}_k
    """
    return positive_weights(2), positive_weights(3)


@equation(
    chapter=3,
    mutants={
        "Jensen the wrong way": (r"\ge", r"\le"),
        "the sum in the logarithm": (r"\log \left( \frac{1}{K} \sum", r"\log \left( \frac{1}{K + 1} \sum"),
    },
)
def gradients_concave():
    r"""
    \log \left( \frac{1}{K} \sum_{k=1}^{K} \bar{w}_k \right) \ge \frac{1}{K} \sum_{k=1}^{K} \log \bar{w}_k
    """
    return positive_weights(2), positive_weights(3)


@equation(
    chapter=3,
    mutants={
        "above the evidence": (
            r"\ge \mathbb{E}\left[ \log \left( \frac{1}{K} ",
            r"\le \mathbb{E}\left[ \log \left( \frac{1}{K} ",
        ),
        "looser with every draw": (
            r"\ge \mathbb{E}\left[ \log \left( \frac{1}{K-1} ",
            r"\le \mathbb{E}\left[ \log \left( \frac{1}{K-1} ",
        ),
        "a sum for the mean": (r"\frac{1}{K} \sum", r"\sum"),
    },
)
def gradients_tighter():
    r"""
    \log p_\theta(x)
    \ge \mathbb{E}\left[ \log \left( \frac{1}{K} \sum_{k=1}^{K} w_k \right) \right]
    \ge \mathbb{E}\left[ \log \left( \frac{1}{K-1} \sum_{k=1}^{K-1} w_k \right) \right]
    """
    return weights(2), weights(3)


def moving_weights(K: int, *, by: str) -> World:
    r"""Positive weights with any values u_k and slopes: all move with \phi, or with z_1 the first alone."""
    u = sp.symbols(f"u_1:{K + 1}", positive=True)
    slopes = sp.symbols(f"r_1:{K + 1}", positive=True)
    t = sp.Symbol("t", positive=True)
    w = [u[k] + slopes[k] * t if by == r"\phi" or k == 0 else u[k] for k in range(K)]
    moves = r"w_k = u_k + r_k t" if by == r"\phi" else r"w_1 = u_1 + r_1 t"
    return symbols(
        rf"{moves},\ {by} = t,\ K = {K}",
        {"w": sp.Matrix(w), "v": sp.Matrix(w) / sp.Add(*w), "K": K, by: t, "nabla": nabla()},
    )


@equation(
    chapter=3,
    mutants={
        "equal weights": (r"\frac{w_k}{\sum_{j=1}^{K} w_j}", r"\frac{1}{K}"),
        "weights not normalised": (r"\frac{w_k}{\sum_{j=1}^{K} w_j}", "w_k"),
        "the worst draw gets the most": (
            r"\frac{w_k}{\sum_{j=1}^{K} w_j}",
            r"\frac{w_k^{-1}}{\sum_{j=1}^{K} w_j^{-1}}",
        ),
    },
)
def gradients_shares():
    r"""
    \nabla_\phi \log \left( \frac{1}{K} \sum_{k=1}^{K} w_k \right)
    = \sum_{k=1}^{K} \frac{w_k}{\sum_{j=1}^{K} w_j} \nabla_\phi \log w_k
    """
    return moving_weights(2, by=r"\phi"), moving_weights(3, by=r"\phi")


@equation(
    chapter=3,
    mutants={
        "the other weights' share forgotten": ("(1 - v_1)", ""),
        "the weight for its logarithm": (r"\nabla_z \log w_1", r"\nabla_z w_1"),
    },
)
def gradients_share_moves():
    r"""
    \nabla_z v_1 = v_1 (1 - v_1) \nabla_z \log w_1
    """
    return moving_weights(2, by="z"), moving_weights(3, by="z")


# --- discrete draws, and other continuous ones


@equation(
    chapter=3,
    mutants={
        "no bias": (r"= 2 \pi - 1", "= 0"),
        "the bias does not depend on the probability": (r"= 2 \pi - 1", "= 1 - 2 c"),
    },
)
def gradients_straight_through():
    r"""
    \mathbb{E}\left[ 2 (y - c) \right] - \nabla_\pi \mathbb{E}\left[ (y - c)^2 \right] = 2 \pi - 1
    """
    pi, c = sp.Symbol("pi", positive=True), sp.Symbol("c", real=True)
    y = Finite((1 - pi, pi))
    return World(
        title=r"y \in \{0, 1\},\ p(y = 1) = \pi",
        values={r"\pi": pi, "c": c, "nabla": nabla()},
        average=lambda function: y.expectation(lambda state: function({"y": sp.Integer(state - 1)})),
        draw=probability,
    )


def quantiles() -> tuple[World, World]:
    """Draws f(u) by the inverse of a distribution function F: an exponential with its rate, a logistic with its scale."""
    u, m = sp.Symbol("u", positive=True), sp.Symbol("m", real=True)
    rate, scale = sp.Symbol("lambda", positive=True), sp.Symbol("lambda", positive=True)
    cases = (
        (r"F = 1 - e^{-\lambda z}", 1 - sp.exp(-rate * Z), -sp.log(1 - u) / rate),
        (
            r"F = 1 / (1 + e^{-(z - m) / \lambda})",
            1 / (1 + sp.exp(-(Z - m) / scale)),
            m + scale * sp.log(u / (1 - u)),
        ),
    )
    return tuple(
        World(
            title=rf"{words},\ F(f) = u",
            values={"F": F, "f": f, "z": Z, r"\lambda": rate, "nabla": nabla({Z: f})},
            draw=probability,
        )
        for words, F, f in cases
    )


@equation(
    chapter=3,
    mutants={
        "the sign": ("= - ", "= "),
        "upside down": (r"\frac{\nabla_\lambda F}{\nabla_z F}", r"\frac{\nabla_z F}{\nabla_\lambda F}"),
        "the density left out": (r"\frac{\nabla_\lambda F}{\nabla_z F}", r"\nabla_\lambda F"),
    },
)
def gradients_implicit():
    r"""
    \nabla_\lambda f = - \frac{\nabla_\lambda F}{\nabla_z F}
    """
    return quantiles()
