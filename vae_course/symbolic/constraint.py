r"""The equations of chapter 6: the beta-VAE as a constrained problem.

Statements about any model are decided in the worlds of chapter 2. The conditions of Karush, Kuhn and Tucker are decided
where the problem can be solved: one axis of Gaussian data with a linear decoder and encoder, and a binary code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import sympy as sp

from vae_course.symbolic.distributions import Finite, Gaussian, Undecidable, Value, column
from vae_course.symbolic.elbo import elbo, general
from vae_course.symbolic.evaluate import Evaluator
from vae_course.symbolic.latex import Apply, Name, Node
from vae_course.symbolic.registry import definition, equation
from vae_course.symbolic.worlds import World, probability, symbols, two_states

BETA, DELTA, LAMBDA, SIGMA = sp.symbols("beta delta lambda sigma", positive=True)

weighted = definition(
    r"""\mathcal{L}_\beta(x) := \mathbb{E}_{q_\phi(z \mid x)}\left[ \log p_\theta(x \mid z) \right]
    - \beta \, D_{\mathrm{KL}}\left( q_\phi(z \mid x) \,\|\, p(z) \right)"""
)
lagrangian = definition(
    r"""\mathcal{F}(w, v, s) := \mathbb{E}_{p_{\mathrm{data}}(x)}\left[ \mathbb{E}_{q_\phi(z \mid x)}\left[ \log p_\theta(x \mid z) \right]
    - \beta \left( D_{\mathrm{KL}}\left( q_\phi(z \mid x) \,\|\, p(z) \right) - \delta \right) \right]"""
)
best = definition(
    r"""\mathcal{V}(\delta) := - \frac{1}{2} \log (2 \pi \sigma^2) - \frac{\lambda}{2 \sigma^2} \exp(-2 \delta)"""
)


# --- any model


def _with(world: World, **values: sp.Expr) -> World:
    """The world with meanings for further symbols, given without their backslash."""
    named = {"\\" + letter: value for letter, value in values.items()}
    return weighted(elbo(replace(world, values={**world.values, **named})))


def any_model(beta: sp.Expr = BETA) -> tuple[World, World]:
    """Where a statement about any model is decided, with a weight and a limit of the KL term."""
    return tuple(_with(world, beta=beta, delta=DELTA) for world in general())


@equation(
    chapter=6,
    mutants={
        "the constant subtracted": (r"+ \beta \delta", r"- \beta \delta"),
        "the limit not multiplied": (r"+ \beta \delta", r"+ \delta"),
        "an upper bound": (r"\ge", r"\le"),
    },
)
def beta_lagrangian():
    r"""
    \mathbb{E}_{q_\phi(z \mid x)}\left[ \log p_\theta(x \mid z) \right] - \beta \left( D_{\mathrm{KL}}\left( q_\phi(z \mid x) \,\|\, p(z) \right) - \delta \right)
    = \mathcal{L}_\beta(x) + \beta \delta
    \ge \mathcal{L}_\beta(x)
    """
    return any_model()


@equation(
    chapter=6,
    mutants={
        "the whole weight on top": (r"(\beta - 1)", r"\beta"),
        "the reconstruction weighed": (r"(\beta - 1) \, D_", r"D_"),
    },
)
def beta_one():
    r"""
    \mathcal{L}_\beta(x) = \mathcal{L}(x) - (\beta - 1) \, D_{\mathrm{KL}}\left( q_\phi(z \mid x) \,\|\, p(z) \right)
    """
    return any_model()


@equation(
    chapter=6,
    mutants={
        "the weight raises the bound": (r"\mathcal{L}_\beta(x) \le", r"\mathcal{L}_\beta(x) \ge"),
        "above the evidence": (r"\le \log", r"\ge \log"),
    },
)
def beta_bound():
    r"""
    \mathcal{L}_\beta(x) \le \mathcal{L}(x) \le \log p_\theta(x)
    """
    return any_model(1 + sp.Symbol("b", positive=True))


def _exact_encoder() -> World:
    """The two-state model with the posterior as its encoder."""
    world = two_states()
    return _with(
        replace(
            world,
            title=r"\text{two states: } p(z{=}1)=\pi,\ p(x{=}1\mid z{=}k)=a_k,\ q=p(z\mid x),\ x=1",
            distributions={**world.distributions, ("q", "z", "x"): world.distributions[("p", "z", "x")]},
        ),
        beta=BETA,
    )


@equation(
    chapter=6,
    mutants={
        "the excess with the other sign": (r"(1 - \beta)", r"(\beta - 1)"),
        "the excess for any encoder": (r"p_\theta(z \mid x) \,\|", r"p(z) \,\|"),
    },
)
def beta_below_one():
    r"""
    \mathcal{L}_\beta(x) = \log p_\theta(x) + (1 - \beta) \, D_{\mathrm{KL}}\left( p_\theta(z \mid x) \,\|\, p(z) \right)
    """
    return _exact_encoder()


def _tempered() -> tuple[World, World]:
    r"""Both general models with q_\beta(z | x), in proportion to p(x | z)^{1/beta} p(z)."""
    finite, gaussian = any_model()
    prior, likelihood = (
        [sp.exp(finite.distributions[key]({"z": k}).log_density(1 if "x" in key[1] else k)) for k in (1, 2)]
        for key in (("p", "z", ""), ("p", "x", "z"))
    )
    weights = [p * a ** (1 / BETA) for p, a in zip(prior, likelihood, strict=True)]
    two = Finite(tuple(weight / sp.Add(*weights) for weight in weights))
    w, b, x = (gaussian.values[name] for name in ("w", "b", "x"))
    spread = w**2 + BETA * SIGMA**2
    one = Gaussian(w * (x - b) / spread, BETA * SIGMA**2 / spread)
    return tuple(
        replace(world, distributions={**world.distributions, (r"q_\beta", "z", "x"): lambda _, q=q: q})
        for world, q in ((finite, two), (gaussian, one))
    )


@equation(
    chapter=6,
    mutants={
        "the gap not weighed": (r"- \beta \, D_", r"- D_"),
        "the gap added": (r"- \beta \, D_", r"+ \beta \, D_"),
        "the prior as the best encoder": (r"\|\, q_\beta(z \mid x)", r"\|\, p(z)"),
    },
)
def beta_tempered():
    r"""
    \mathcal{L}_\beta(x) = \beta \log \int p_\theta(x \mid z)^{1 / \beta} \, p(z) \, dz
    - \beta \, D_{\mathrm{KL}}\left( q_\phi(z \mid x) \,\|\, q_\beta(z \mid x) \right)
    """
    return _tempered()[0]


@equation(
    chapter=6,
    mutants={
        "one mean for both": (r"\frac{D}{d} D_", r"D_"),
        "the sizes swapped": (r"\frac{D}{d} D_", r"\frac{d}{D} D_"),
    },
)
def beta_hidden():
    r"""
    \begin{aligned}
    & \frac{1}{D} \mathbb{E}_{q_\phi(z \mid x)}\left[ \log p_\theta(x \mid z) \right] - \frac{1}{d} D_{\mathrm{KL}}\left( q_\phi(z \mid x) \,\|\, p(z) \right) \\
    & \quad = \frac{1}{D} \left( \mathbb{E}_{q_\phi(z \mid x)}\left[ \log p_\theta(x \mid z) \right] - \frac{D}{d} D_{\mathrm{KL}}\left( q_\phi(z \mid x) \,\|\, p(z) \right) \right)
    \end{aligned}
    """
    D, d = sp.symbols("D d", positive=True)
    return tuple(replace(world, values={**world.values, "D": D, "d": d}) for world in general())


# --- one axis of Gaussian data, solved


def nabla(evaluator: Evaluator, *arguments: Node) -> Value:
    """The derivative of the last argument by the symbol that the first one stands for."""
    *names, body = arguments
    by = [evaluator.look_up(name.letter) for name in names]
    if len(by) != 1 or not isinstance(by[0], sp.Symbol):
        raise Undecidable(f"not a free symbol to differentiate by: {by}")
    return sp.diff(evaluator.value(body), by[0])


def axis(at: Mapping[str, sp.Expr] | None = None, where: str = "") -> World:
    r"""One axis of Gaussian data: x ~ N(0, \lambda), x | z ~ N(w z, \sigma^2), q(z | x) = N(v x, s^2).

    Args:
        at: values for w, v, s, \beta or \delta; all others are free.
        where: what these values are, for the title.
    """
    w, v = sp.symbols("w v", real=True)
    values = {
        "w": w,
        "v": v,
        "s": sp.Symbol("s", positive=True),
        r"\beta": BETA,
        r"\delta": DELTA,
        r"\lambda": LAMBDA,
        r"\sigma": SIGMA,
        r"\pi": sp.pi,
        "nabla": nabla,
        **(at or {}),
    }
    world = World(
        title=rf"x\sim\mathcal{{N}}(0,\lambda),\ x\mid z\sim\mathcal{{N}}(wz,\sigma^2),\ z\mid x\sim\mathcal{{N}}(vx,s^2){where}",
        values=values,
        distributions={
            ("p_data", "x", ""): lambda _: Gaussian(sp.S.Zero, LAMBDA),
            ("p", "z", ""): lambda _: Gaussian(sp.S.Zero, sp.S.One),
            ("p", "x", "z"): lambda given: Gaussian(values["w"] * given["z"], SIGMA**2),
            ("q", "z", "x"): lambda given: Gaussian(values["v"] * given["x"], values["s"] ** 2),
        },
    )
    return best(lagrangian(world))


def solved() -> World:
    r"""The axis where the three derivatives of F vanish and w > 0: SymPy solves for s, v and w; \lambda = (1 + u) \beta \sigma^2."""
    free = axis()
    w, v, s = (free.values[letter] for letter in "wvs")
    slope = {letter: Evaluator(free).value(_slope_of_lagrangian(letter)) for letter in "wvs"}
    square = sp.Symbol("s_2", positive=True)
    (best_square,) = sp.solve(sp.expand(slope["s"] * s).subs(s**2, square), square)
    (best_v,) = sp.solve(slope["v"], v)
    rest = sp.numer(sp.factor(slope["w"].subs(v, best_v).subs(s**2, best_square)))
    (best_w,) = {sp.Abs(root) for root in sp.solve(rest, w) if root != 0}
    excess = sp.Symbol("u", positive=True)
    threshold = BETA * SIGMA**2
    best_w = sp.sqrt(sp.simplify(best_w.args[0] ** 2))
    values = {"w": best_w, "v": best_v.subs(w, best_w), "s": sp.sqrt(sp.factor(best_square.subs(w, best_w)))}
    above = {LAMBDA: (1 + excess) * threshold}
    at = {letter: sp.simplify(value.subs(above)) for letter, value in values.items()}
    return _above(at, above[LAMBDA], r"\text{, where the derivatives vanish},\ \lambda=(1+u)\beta\sigma^2")


def _above(at: Mapping[str, sp.Expr], variance: sp.Expr, where: str) -> World:
    world = axis({**at, r"\lambda": variance}, where)
    data = {("p_data", "x", ""): lambda _: Gaussian(sp.S.Zero, variance)}
    return replace(world, distributions={**world.distributions, **data})


def _slope_of_lagrangian(letter: str) -> Node:
    arguments = tuple(Name(name) for name in "wvs")
    return Apply("nabla", (Name(letter), Apply("F", arguments)))


@equation(
    chapter=6,
    mutants={
        "a standard deviation for a variance": (r"\log s^2", r"\log s"),
        "the spread of the means forgotten": (r"v^2 \lambda + ", ""),
    },
)
def beta_axis_rate():
    r"""
    \mathbb{E}_{p_{\mathrm{data}}(x)}\left[ D_{\mathrm{KL}}\left( q_\phi(z \mid x) \,\|\, p(z) \right) \right]
    = \frac{1}{2} \left( v^2 \lambda + s^2 - 1 - \log s^2 \right)
    """
    return axis()


@equation(
    chapter=6,
    mutants={
        "the noise of the code forgotten": (r" + w^2 s^2", ""),
        "the constant left out": (r"- \frac{1}{2} \log (2 \pi \sigma^2) ", ""),
    },
)
def beta_axis_reconstruction():
    r"""
    \begin{aligned}
    & \mathbb{E}_{p_{\mathrm{data}}(x)}\left[ \mathbb{E}_{q_\phi(z \mid x)}\left[ \log p_\theta(x \mid z) \right] \right] \\
    & \quad = - \frac{1}{2} \log (2 \pi \sigma^2) - \frac{1}{2 \sigma^2} \left( (1 - w v)^2 \lambda + w^2 s^2 \right)
    \end{aligned}
    """
    return axis()


@equation(
    chapter=6,
    mutants={
        "the KL term not weighed": (r"\beta \left(", r"\left("),
        "the noise not amplified": (r"\frac{w^2 s}{\sigma^2}", r"\frac{s}{\sigma^2}"),
    },
)
def beta_stationary_s():
    r"""
    \nabla_s \, \mathcal{F}(w, v, s) = \beta \left( \frac{1}{s} - s \right) - \frac{w^2 s}{\sigma^2}
    """
    return axis()


@equation(
    chapter=6,
    mutants={
        "the KL term not weighed": (r"- \beta v", r"- v"),
        "a bias, not a shrinkage": (r"(1 - w v)", r"1"),
    },
)
def beta_stationary_v():
    r"""
    \nabla_v \, \mathcal{F}(w, v, s) = \lambda \left( \frac{w}{\sigma^2} (1 - w v) - \beta v \right)
    """
    return axis()


@equation(
    chapter=6,
    mutants={
        "the noise forgotten": (r" - w s^2", ""),
        "the weight seen by the decoder": (r"\frac{1}{\sigma^2}", r"\frac{\beta}{\sigma^2}"),
    },
)
def beta_stationary_w():
    r"""
    \nabla_w \, \mathcal{F}(w, v, s) = \frac{1}{\sigma^2} \left( \lambda v (1 - w v) - w s^2 \right)
    """
    return axis()


@equation(
    chapter=6,
    mutants={
        "the noise not raised by the weight": (r"- \beta \sigma^2", r"- \sigma^2"),
        "the weight on the variance": (r"\lambda -", r"\beta \lambda -"),
    },
)
def beta_solution_w():
    r"""
    w^2 = \lambda - \beta \sigma^2
    """
    return solved()


@equation(
    chapter=6,
    mutants={
        "the posterior of beta = 1": (r"\beta \sigma^2", r"\sigma^2"),
        "upside down": (r"\frac{\beta \sigma^2}{\lambda}", r"\frac{\lambda}{\beta \sigma^2}"),
    },
)
def beta_solution_s():
    r"""
    s^2 = \frac{\beta \sigma^2}{\lambda}
    """
    return solved()


@equation(
    chapter=6,
    mutants={
        "the codes too wide": (r"\lambda v", r"v"),
        "the encoder with the wrong sign": ("= w", "= -w"),
    },
)
def beta_solution_v():
    r"""
    \lambda v = w
    """
    return solved()


@equation(
    chapter=6,
    mutants={
        "the half left out": (r"\frac{1}{2} \log", r"\log"),
        "the water level without the weight": (r"\beta \sigma^2", r"\sigma^2"),
    },
)
def beta_rate():
    r"""
    \mathbb{E}_{p_{\mathrm{data}}(x)}\left[ D_{\mathrm{KL}}\left( q_\phi(z \mid x) \,\|\, p(z) \right) \right]
    = \frac{1}{2} \log \frac{\lambda}{\beta \sigma^2}
    """
    return solved()


@equation(
    chapter=6,
    mutants={
        "the error does not depend on the weight": (r"= \beta \sigma^2", r"= \sigma^2"),
        "the noise of the code forgotten": (r" + w^2 s^2", ""),
    },
)
def beta_error():
    r"""
    (1 - w v)^2 \lambda + w^2 s^2 = \beta \sigma^2
    """
    return solved()


@equation(
    chapter=6,
    mutants={
        "a derivative that vanishes elsewhere": (r"\lambda - w^2 - \beta", r"\lambda - \beta"),
        "the threshold of beta = 1": (r"\lambda - w^2 - \beta \sigma^2", r"\lambda - w^2 - \sigma^2"),
    },
)
def beta_threshold():
    r"""
    \nabla_w \, \mathcal{F}(w, v, s) = \frac{\beta w}{(w^2 + \beta \sigma^2)^2} \left( \lambda - w^2 - \beta \sigma^2 \right)
    """
    free = axis()
    w, v, s = (free.values[letter] for letter in "wvs")
    spread = w**2 + BETA * SIGMA**2

    def with_the_best_encoder(evaluator: Evaluator, by: Node, body: Node) -> Value:
        return sp.diff(evaluator.value(body).subs({v: w / spread, s: sp.sqrt(BETA * SIGMA**2 / spread)}), w)

    title = free.title + r"\text{, encoder at its best for each }w"
    return replace(free, title=title, values={**free.values, "nabla": with_the_best_encoder})


# --- the multiplier and the slope


@equation(
    chapter=6,
    mutants={
        "the rate counted once": (r"\exp(-2 \delta)", r"\exp(-\delta)"),
        "a multiplier that grows with the limit": (r"\exp(-2 \delta)", r"\exp(2 \delta)"),
    },
)
def beta_multiplier():
    r"""
    \beta = \frac{\lambda}{\sigma^2} \exp(-2 \delta)
    """
    (root,) = sp.solve(sp.log(LAMBDA / (BETA * SIGMA**2)) / 2 - DELTA, BETA)
    return axis(
        {r"\beta": root},
        r"\text{, the KL term at its limit: }\tfrac12\log\tfrac{\lambda}{\beta\sigma^2}=\delta",
    )


@equation(
    chapter=6,
    mutants={
        "the slope of the cost": (r"= \beta", r"= -\beta"),
        "a multiplier that is negative": (r"\ge 0", r"\le 0"),
    },
)
def beta_slope():
    r"""
    \nabla_\delta \, \mathcal{V}(\delta) = \beta \ge 0
    """
    return axis(
        {r"\beta": LAMBDA / SIGMA**2 * sp.exp(-2 * DELTA)}, r",\ \beta=\tfrac{\lambda}{\sigma^2}e^{-2\delta}"
    )


def _tight() -> World:
    """The Gaussian axis at the optimum of a limit delta."""
    values = {r"\beta": LAMBDA / SIGMA**2 * sp.exp(-2 * DELTA), "s": sp.exp(-DELTA)}
    values["w"] = sp.sqrt(LAMBDA * (1 - sp.exp(-2 * DELTA)))
    values["v"] = values["w"] / LAMBDA
    return axis(values, r"\text{, the optimum for }\delta")


def _slack() -> World:
    r"""A fair bit x and its code z = x, \log 2 nats; the limit is larger, \delta = \log 2 + u, so the multiplier is 0."""
    half = sp.Rational(1, 2)
    fair = Finite((half, half))
    a = sp.Symbol("a", positive=True)
    return World(
        title=r"\text{a fair bit with its own value as code: } z=x,\ p(x\mid z{=}x)=a,\ \delta=\log 2+u,\ \beta=0",
        values={r"\beta": sp.S.Zero, r"\delta": sp.log(2) + sp.Symbol("u", positive=True)},
        distributions={
            ("p_data", "x", ""): lambda _: fair,
            ("p", "z", ""): lambda _: fair,
            ("p", "x", "z"): lambda at: Finite((a, 1 - a) if at["z"] == 1 else (1 - a, a)),
            ("q", "z", "x"): lambda at: Certain(int(at["x"])),
        },
        draw=probability,
    )


@dataclass(frozen=True)
class Certain:
    """A distribution with all its mass on one value."""

    at: int

    def log_density(self, value: int) -> sp.Expr:
        return sp.S.Zero if int(value) == self.at else -sp.oo

    def expectation(self, function: Callable[[int], sp.Expr]) -> sp.Expr:
        return function(self.at)


@equation(
    chapter=6,
    mutants={
        "the limit added": (r"- \delta", r"+ \delta"),
        "tight whatever the multiplier": (r"\beta \left(", r"\left("),
    },
)
def beta_slackness():
    r"""
    \beta \left( \mathbb{E}_{p_{\mathrm{data}}(x)}\left[ D_{\mathrm{KL}}\left( q_\phi(z \mid x) \,\|\, p(z) \right) \right] - \delta \right) = 0
    """
    return _tight(), _slack()


# --- which axes


def _turned(c: sp.Rational, r: sp.Rational) -> World:
    r"""Two axes with \lambda_1, \lambda_2, a decoder turned by t (c = cos t, r = sin t), the best diagonal encoder and the best of all."""
    first, second = sp.symbols("lambda_1 lambda_2", positive=True)
    turn = sp.Matrix([[c, -r], [r, c]])
    precision = (turn.T * sp.diag(first, second) * turn / (BETA * SIGMA**2)).applyfunc(sp.factor)
    mean = sp.zeros(2, 1)
    return World(
        title=r"\text{two axes, decoder turned by }t,\ "
        + rf"c=\cos t={sp.latex(c)},\ r=\sin t={sp.latex(r)},\ q_\phi\text{{ diagonal}}",
        values={"x": sp.S.Zero, "c": c, "r": r, r"\lambda": sp.Matrix([first, second]), r"\beta": BETA},
        distributions={
            ("q", "z", "x"): lambda _: Gaussian(mean, sp.diag(1 / precision[0, 0], 1 / precision[1, 1])),
            (r"q_\beta", "z", "x"): lambda _: Gaussian(mean, precision.inv().applyfunc(sp.factor)),
        },
    )


@equation(
    chapter=6,
    mutants={
        "any turn is as good": (r"1 + \frac{(\lambda_1 - \lambda_2)^2}{\lambda_1 \lambda_2} c^2 r^2", "1"),
        "equal variances prefer axes too": (r"(\lambda_1 - \lambda_2)^2", r"(\lambda_1 + \lambda_2)^2"),
        "not weighed": (r"\frac{\beta}{2}", r"\frac{1}{2}"),
    },
)
def beta_turned():
    r"""
    \beta \, D_{\mathrm{KL}}\left( q_\phi(z \mid x) \,\|\, q_\beta(z \mid x) \right)
    = \frac{\beta}{2} \log \left( 1 + \frac{(\lambda_1 - \lambda_2)^2}{\lambda_1 \lambda_2} c^2 r^2 \right)
    """
    half = 1 / sp.sqrt(2)
    return _turned(half, half), _turned(sp.Rational(4, 5), sp.Rational(3, 5))


def _same_elbo() -> World:
    """Any linear-Gaussian model of one pixel and two codes, any Gaussian encoder with axes, and both turned by Q."""
    W, m = sp.Matrix([sp.symbols("w_1 w_2", real=True)]), sp.Matrix(sp.symbols("m_1 m_2", real=True))
    spread = sp.diag(*(s**2 for s in sp.symbols("s_1 s_2", positive=True)))
    x = sp.Symbol("x", real=True)

    def bound(evaluator: Evaluator, *arguments: Node) -> Value:
        weights, mean, covariance = (column(evaluator.value(argument)) for argument in arguments)
        q, prior = Gaussian(mean, covariance), Gaussian(sp.zeros(2, 1), sp.eye(2))
        value = q.expectation(
            lambda z: (
                Gaussian((weights * z)[0, 0], SIGMA**2).log_density(x)
                - BETA * (q.log_density(z) - prior.log_density(z))
            )
        )
        return sp.expand(sp.simplify(value))

    turn = sp.Matrix([[4, -3], [3, 4]]) / 5
    return World(
        title=r"x\mid z\sim\mathcal{N}(Wz,\sigma^2),\ z\in\mathbb{R}^2,\ q=\mathcal{N}(m,S),\ Q\text{ a rotation}",
        values={"W": W, "m": m, "S": spread, "Q": turn, r"L_\beta": bound},
    )


@equation(
    chapter=6,
    mutants={
        "the decoder alone turned": (r"Q^\top m, Q^\top S Q", "m, S"),
        "the covariance not turned": (r"Q^\top S Q", "S"),
        "turned the other way": (r"Q^\top m", "Q m"),
    },
)
def beta_rotation():
    r"""
    \mathcal{L}_\beta(W, m, S) = \mathcal{L}_\beta(W Q, Q^\top m, Q^\top S Q)
    """
    return _same_elbo()


# --- bug 13


@equation(
    chapter=6,
    mutants={
        "the other way round": (r"\ge", r"\le"),
        "the same": (r"\ge", "="),
    },
)
def beta_capacity():
    r"""
    \frac{1}{n} \sum_{i=1}^{n} |k_i - C| \ge \left| \frac{1}{n} \sum_{i=1}^{n} k_i - C \right|
    """
    k = sp.Matrix(sp.symbols("k_1:4", positive=True))
    return symbols(r"n = 3", {"k": k, "n": 3, "C": sp.Symbol("C", positive=True)})
