"""Decide a relation between two exact expressions: refuse it by a counterexample, or prove it."""

from __future__ import annotations

import random
from dataclasses import dataclass

import mpmath
import sympy as sp
from sympy.matrices.exceptions import ShapeError

from vae_course.symbolic import latex
from vae_course.symbolic.distributions import Undecidable, column, scalar, split_logs
from vae_course.symbolic.evaluate import Evaluator
from vae_course.symbolic.worlds import World

DIGITS = 40  # working precision of a counterexample
POINTS_EQUAL = 3  # an equation is refused at these before it is proved
POINTS_ORDER = 200  # an inequality that SymPy cannot decide is tried at these


class Refuted(AssertionError):
    """The equation is false in an exact model: where and by how much, in words and in LaTeX."""

    def __init__(self, words: str, latex: str | None = None) -> None:
        super().__init__(words)
        self.latex = latex or rf"\text{{{words}}}"

    @classmethod
    def at_point(cls, gap: sp.Float, at: dict[sp.Symbol, sp.Rational]) -> Refuted:
        amount = f"{float(gap):.4g}"
        point = ", ".join(f"{symbol} = {value}" for symbol, value in at.items())
        shown = r",\ ".join(f"{sp.latex(s)} = {v.p}/{v.q}" for s, v in at.items())
        return cls(
            f"left - right = {amount}" + (f" at {point}" if at else ""),
            rf"\text{{left}} - \text{{right}} = {amount}" + (rf"\text{{ at }} {shown}" if at else ""),
        )


@dataclass(frozen=True)
class Step:
    """One relation, decided: both sides as SymPy sees them and the reason that settles it."""

    left: sp.Expr
    operator: str
    right: sp.Expr
    reason: str


def decide(relation: latex.Relation, world: World, seed: int = 0) -> list[Step]:
    """Decide each relation of a chain in a world.

    Equalities are proved by SymPy for all values of the free symbols. Inequalities are proved where a function of one
    variable has its least value at a stationary point, and otherwise tried at 200 exact random points.
    Raises Refuted at the first counterexample, Undecidable where neither a proof nor a counterexample is found.
    """
    try:
        sides = [_tidy(scalar(Evaluator(world).value(side))) for side in relation.sides]
    except (ShapeError, IndexError) as error:
        raise Refuted("the shapes of the matrices do not fit") from error
    return [
        _decide_one(left, operator, right, world, seed)
        for left, operator, right in zip(sides, relation.operators, sides[1:], strict=False)
    ]


def _decide_one(left: sp.Expr, operator: str, right: sp.Expr, world: World, seed: int) -> Step:
    if column(left).shape != column(right).shape:
        raise Refuted("the two sides have different shapes")
    difference = left - right
    if isinstance(difference, sp.MatrixBase):
        if not all(is_zero(entry) for entry in difference):
            raise Refuted("the two matrices differ")
        return Step(left, operator, right, r"\text{left} - \text{right} = 0")
    free = sorted(difference.free_symbols, key=lambda symbol: symbol.name)
    gap_at = sp.lambdify(free, difference, "mpmath")
    rng = random.Random(seed)
    for _ in range(POINTS_EQUAL if operator == "=" else POINTS_ORDER):
        at = {symbol: world.sample(symbol, rng) for symbol in free}
        with mpmath.workdps(DIGITS):
            gap = mpmath.re(gap_at(*(mpmath.mpf(int(v.p)) / int(v.q) for v in at.values())))
        wrong = {"=": abs(gap) > 1e-20, "<=": gap > 1e-20, ">=": gap < -1e-20}[operator]
        if wrong:
            raise Refuted.at_point(gap, at)
        if not at:
            break
    if operator == "=":
        if not is_zero(difference):
            raise Undecidable(f"SymPy does not see that this is zero: {difference}")
        return Step(left, operator, right, r"\text{left} - \text{right} = 0")
    if least := _least_value(difference if operator == ">=" else -difference):
        return Step(left, operator, right, least)
    return Step(left, operator, right, rf"\text{{holds at {POINTS_ORDER} exact random points}}")


def _tidy(side: sp.Expr | sp.MatrixBase) -> sp.Expr | sp.MatrixBase:
    """Logarithms of numbers and symbols taken apart, so that equal ones meet."""
    return side if isinstance(side, sp.MatrixBase) else split_logs(side)


def is_zero(expression: sp.Expr) -> bool:
    """Whether SymPy reduces an expression to zero, logarithms taken apart first."""
    expanded = sp.expand(split_logs(sp.expand(expression)))
    if expanded == 0:
        return True
    logs = {log: sp.Dummy() for log in expanded.atoms(sp.log)}  # distinct logarithms count as independent
    return sp.cancel(sp.together(expanded.xreplace(logs))) == 0 or sp.simplify(expanded) == 0


def _least_value(expression: sp.Expr) -> str | None:
    """The reason why a convex function of one positive variable is not negative, or None where this does not decide."""
    if len(expression.free_symbols) != 1:
        return None
    (u,) = expression.free_symbols
    curvature = sp.simplify(sp.diff(expression, u, 2))
    stationary = sp.solve(sp.diff(expression, u), u)
    if not curvature.is_positive or len(stationary) != 1:
        return None
    least = sp.simplify(expression.subs(u, stationary[0]))
    if not least.is_nonnegative:
        return None
    letter, at = sp.latex(u), sp.latex(stationary[0])
    return (
        rf"\tfrac{{d^2}}{{d{letter}^2}}\,\text{{gap}} = {sp.latex(curvature)} > 0,\ "
        rf"\text{{gap}}'({at}) = 0,\ \text{{gap}}({at}) = {sp.latex(least)}"
    )
