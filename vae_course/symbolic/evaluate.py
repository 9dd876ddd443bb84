"""Evaluate the tree of an equation in an exact model: expectations become sums or moments, logs are split."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatchmethod

import sympy as sp

from vae_course.symbolic import latex
from vae_course.symbolic.distributions import (
    Distribution,
    Gaussian,
    Undecidable,
    Value,
    column,
    inverse,
    scalar,
    split_logs,
)
from vae_course.symbolic.worlds import World

_ELEMENTARY = {
    "exp": sp.exp,
    "sqrt": sp.sqrt,
    "abs": sp.Abs,
    "max": sp.Max,
    "tr": lambda matrix: column(matrix).trace(),
    "det": lambda matrix: column(matrix).det(),
    "sigmoid": lambda a: 1 / (1 + sp.exp(-a)),
    "softplus": lambda a: sp.log(1 + sp.exp(a)),
}


@dataclass(frozen=True)
class ScaledIdentity:
    """`\\sigma^2 I`, an identity matrix whose size its neighbours decide."""

    scale: sp.Expr

    def of_size(self, size: int) -> sp.Matrix:
        return self.scale * sp.eye(size)


class Evaluator:
    """The value of a tree in one world; `bindings` holds the values of bound variables and indices."""

    def __init__(self, world: World, bindings: dict[str, object] | None = None) -> None:
        self.world = world
        self.bindings = bindings or {}

    def bind(self, **bindings: object) -> Evaluator:
        return Evaluator(self.world, {**self.bindings, **bindings})

    def look_up(self, letter: str) -> object:
        for source in (self.bindings, self.world.values):
            if letter in source:
                return source[letter]
        raise latex.NotationError(f"{letter!r} has no meaning in this model")

    # --- values

    @singledispatchmethod
    def value(self, node: latex.Node) -> Value:
        """The exact value of a node."""
        raise latex.NotationError(f"cannot evaluate {node}")

    @value.register
    def _(self, node: latex.Number) -> Value:
        return sp.Rational(node.value.numerator, node.value.denominator)

    @value.register
    def _(self, node: latex.Name) -> Value:
        if node.letter == "I" and not node.index:
            return ScaledIdentity(sp.S.One)
        if not node.index:
            return self.look_up(node.letter)
        index = [self.bindings.get(i, i) for i in node.index]
        named = f"{node.letter}_{','.join(str(i) for i in index)}"
        if named in self.bindings or named in self.world.values:
            return self.look_up(named)
        entries = self.look_up(node.letter)
        if callable(entries):
            return entries(*(int(i) for i in index))
        return column(entries)[int(index[0]) - 1]

    @value.register
    def _(self, node: latex.Sum) -> Value:
        terms = [self.value(term) for term in node.terms]
        matrices = [t for t in terms if isinstance(t, sp.MatrixBase)]
        size = matrices[0].shape[0] if matrices else 1
        total = None
        for term in terms:
            term = term.of_size(size) if isinstance(term, ScaledIdentity) else term
            term = column(term) if matrices else scalar(term)
            total = term if total is None else total + term
        return scalar(total)

    @value.register
    def _(self, node: latex.Product) -> Value:
        product: Value | ScaledIdentity = sp.S.One
        for factor in node.factors:
            product = _times(product, self.value(factor))
        return product if isinstance(product, ScaledIdentity) else scalar(product)

    @value.register
    def _(self, node: latex.Quotient) -> Value:
        return self.value(node.above) / self.value(node.below)

    @value.register
    def _(self, node: latex.Power) -> Value:
        base, exponent = self.value(node.base), self.value(node.exponent)
        if isinstance(base, sp.MatrixBase) and exponent == -1:
            return scalar(inverse(base))
        return scalar(base**exponent)

    @value.register
    def _(self, node: latex.Transpose) -> Value:
        return scalar(column(self.value(node.matrix)).T)

    @value.register
    def _(self, node: latex.Apply) -> Value:
        if node.function == "log":
            return self.log(node.arguments[0])
        if node.function in _ELEMENTARY:
            return _ELEMENTARY[node.function](*(self.value(a) for a in node.arguments))
        return self.look_up(node.function)(self, *node.arguments)

    @value.register(latex.Density)
    @value.register(latex.Normal)
    def _(self, node: latex.Density | latex.Normal) -> Value:
        return sp.exp(self.log(node))

    @value.register
    def _(self, node: latex.Expectation) -> Value:
        if node.under is None:
            if self.world.average is None:
                raise Undecidable("nothing is random in this model")
            return self.world.average(lambda drawn: self.bind(**drawn).value(node.body))
        variable = _variable(node.under)
        names = {variable.letter, self.indexed(variable)}  # under q(z_1), both z and z_1 stand for the draw
        return self.distribution(node.under).expectation(
            lambda at: self.bind(**dict.fromkeys(names, at)).value(node.body)
        )

    @value.register
    def _(self, node: latex.Divergence) -> Value:
        left = self.distribution(node.left)
        size = column(left.mean).shape[0] if isinstance(left, Gaussian) else None
        right = self.distribution(node.right, size)
        return left.expectation(lambda at: left.log_density(at) - right.log_density(at))

    @value.register
    def _(self, node: latex.Integral) -> Value:
        if self.world.integrate_log is None:
            raise Undecidable("this model does not integrate")
        return self.world.integrate_log(lambda at: self.bind(**{node.variable: at}).log(node.body))

    @value.register
    def _(self, node: latex.Series) -> Value:
        first, last = int(self.value(node.first)), int(self.value(node.last))
        return sp.Add(*(self.bind(**{node.index: k}).value(node.body) for k in range(first, last + 1)))

    def indexed(self, name: latex.Name) -> str:
        """A name with the values of its indices: `z_1` for z_k where k = 1."""
        return "_".join((name.letter, *(str(self.bindings.get(i, i)) for i in name.index)))

    # --- logarithms, kept as sums so that densities never have to be exponentiated

    def log(self, node: latex.Node) -> sp.Expr:
        """log of a node, with products, quotients, powers and densities taken apart."""
        if isinstance(node, latex.Product):
            return sp.Add(*(self.log(factor) for factor in node.factors))
        if isinstance(node, latex.Quotient):
            return self.log(node.above) - self.log(node.below)
        if isinstance(node, latex.Density):
            if len(node.of) == 1:
                return self.distribution(node).log_density(self.value(node.of[0]))
            x, *rest = node.of  # p(x, z) = p(x | z) p(z)
            return self.log(latex.Density(node.letter, (x,), (*rest, *node.given))) + self.log(
                latex.Density(node.letter, tuple(rest), node.given)
            )
        if isinstance(node, latex.Normal):
            return self.distribution(node).log_density(self.value(node.of))
        return split_logs(sp.log(self.value(node)))

    # --- distributions

    def distribution(self, node: latex.Density | latex.Normal, size: int | None = None) -> Distribution:
        """The distribution that a node names; `size` is the dimension of its partner in a divergence."""
        if isinstance(node, latex.Normal):
            mean, variance = self.value(node.mean), self.value(node.variance)
            size = size or column(self.value(node.of) if node.of else mean).shape[0]
            if isinstance(variance, ScaledIdentity):
                variance = variance.of_size(size)
            if column(mean).shape[0] != size:  # N(0, I): the zero vector
                mean = mean * sp.ones(size, 1)
            return Gaussian(mean, scalar(variance))
        given = ",".join(n.letter for n in node.given)
        key = (node.letter, ",".join(self.indexed(n) for n in node.of), given)  # q(z_1) where it is known,
        if key not in self.world.distributions:  # else the density that x_1 shares with all x_i
            key = (node.letter, ",".join(n.letter for n in node.of), given)
        if key not in self.world.distributions:
            raise latex.NotationError(f"{node.letter}({key[1]} | {key[2]}) has no meaning in this model")
        return self.world.distributions[key]({n.letter: self.value(n) for n in node.given})


def _variable(under: latex.Density | latex.Normal) -> latex.Name:
    name = under.of[0] if isinstance(under, latex.Density) else under.of
    if not isinstance(name, latex.Name):
        raise latex.NotationError("an expectation under a normal names its variable: \\mathcal{N}(z; 0, 1)")
    return name


def _times(left: Value | ScaledIdentity, right: Value | ScaledIdentity) -> Value | ScaledIdentity:
    if isinstance(left, ScaledIdentity) and isinstance(right, ScaledIdentity):
        return ScaledIdentity(left.scale * right.scale)
    if isinstance(left, ScaledIdentity):
        left, right = right, left
    if isinstance(right, ScaledIdentity):
        return left * right.scale if isinstance(left, sp.MatrixBase) else ScaledIdentity(left * right.scale)
    product = left * right
    return product.applyfunc(sp.factor) if isinstance(product, sp.MatrixBase) else product
