r"""The equations of the page of proofs (book/proofs.md), which belongs to no chapter and counts as chapter 0."""

from dataclasses import replace

import sympy as sp

from vae_course.symbolic.distributions import Finite
from vae_course.symbolic.registry import equation
from vae_course.symbolic.worlds import World, linear_gaussian, probability, two_states


@equation(
    chapter=0,
    mutants={"the wrong side": (r"\ge", r"\le"), "the logarithm's sign": (r"- q(z) \log", r"q(z) \log")},
)
def gibbs_pointwise():
    r"""
    - q(z) \log \frac{p(z)}{q(z)} \ge q(z) - p(z)
    """
    q, p = sp.symbols("q p", positive=True)
    return World(
        title=r"q = q(z),\ p = p(z) \in (0, 1)",
        values={"z": 1},
        distributions={
            ("q", "z", ""): lambda _: Finite((q, 1 - q)),
            ("p", "z", ""): lambda _: Finite((p, 1 - p)),
        },
        draw=probability,
    )


@equation(
    chapter=0,
    mutants={
        "the gap subtracted": ("+ D", "- D"),
        "the likelihood for the joint": (r"p_\theta(x, z)", r"p_\theta(x \mid z)"),
    },
)
def elbo_theorem_identity():
    r"""
    \log p_\theta(x) = \mathbb{E}_{q_\phi(z \mid x)}\left[ \log \frac{p_\theta(x, z)}{q_\phi(z \mid x)} \right]
    + D_{\mathrm{KL}}\left( q_\phi(z \mid x) \,\|\, p_\theta(z \mid x) \right)
    """
    return two_states(), linear_gaussian()


@equation(chapter=0, mutants={"a minus for the plus": ("} + ", "} - ")})
def elbo_pointwise():
    r"""
    \log p_\theta(x) = \log \frac{p_\theta(x, z)}{q_\phi(z \mid x)} + \log \frac{q_\phi(z \mid x)}{p_\theta(z \mid x)}
    """
    finite = two_states()
    return *(replace(finite, values={**finite.values, "z": z}) for z in (1, 2)), linear_gaussian()


@equation(
    chapter=0,
    mutants={
        "the information left out": (r"\,\|\, q_\phi(z) \right)", r"\,\|\, q_\phi(z \mid x_i) \right)"),
        "the aggregate's price subtracted": ("+ D", "- D"),
    },
)
def elbo_surgery_identity():
    r"""
    \frac{1}{n} \sum_{i=1}^{n} D_{\mathrm{KL}}\left( q_\phi(z \mid x_i) \,\|\, p(z) \right)
    = \frac{1}{n} \sum_{i=1}^{n} D_{\mathrm{KL}}\left( q_\phi(z \mid x_i) \,\|\, q_\phi(z) \right)
    + D_{\mathrm{KL}}\left( q_\phi(z) \,\|\, p(z) \right)
    """
    world = two_states()
    tables = [world.distributions[("q", "z", "x")]({"x": x}).probabilities for x in (1, 2)]
    aggregate = Finite(tuple(sum(shares) / 2 for shares in zip(*tables, strict=True)))
    return replace(world, distributions={**world.distributions, ("q", "z", ""): lambda _: aggregate})
