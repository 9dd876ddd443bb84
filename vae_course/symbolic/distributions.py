"""Distributions whose densities and expectations SymPy can write down exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sympy as sp

Value = sp.Expr | sp.Matrix


class Undecidable(NotImplementedError):
    """The expression is outside what this exact model can evaluate."""


def scalar(value: Value) -> Value:
    """The entry of a 1 x 1 matrix, anything else unchanged."""
    return value[0, 0] if isinstance(value, sp.MatrixBase) and value.shape == (1, 1) else value


def column(value: Value) -> sp.Matrix:
    """A scalar as a 1 x 1 matrix, a matrix unchanged."""
    return value if isinstance(value, sp.MatrixBase) else sp.Matrix([[value]])


def inverse(matrix: sp.Matrix) -> sp.Matrix:
    """The inverse with each entry as one reduced fraction."""
    return matrix.inv().applyfunc(sp.factor)


def split_logs(expression: sp.Expr) -> sp.Expr:
    """Write every logarithm of a product as a sum of logarithms of its factors, all of them positive."""
    factored = expression.replace(sp.log, lambda argument: sp.log(_positive_factors(argument)))
    return sp.expand_log(factored, force=True)


def _positive_factors(argument: sp.Expr) -> sp.Expr:
    """Factor a positive expression, and write (pi - 1)(b - 1) as (1 - pi)(1 - b) for probabilities pi and b."""
    inside = sorted(argument.free_symbols, key=lambda symbol: symbol.name)
    at = {
        symbol: sp.Rational(k, len(inside) + 1) for k, symbol in enumerate(inside, start=1)
    }  # all in (0, 1)
    powers = [factor.as_base_exp() for factor in sp.Mul.make_args(sp.factor(argument))]
    return sp.Mul(*((-base if base.subs(at).is_negative else base) ** exponent for base, exponent in powers))


@dataclass(frozen=True)
class Finite:
    """A distribution over the values 1, ..., n, given by its n probabilities."""

    probabilities: tuple[sp.Expr, ...]

    def log_density(self, value: int) -> sp.Expr:
        return split_logs(sp.log(self.probabilities[int(value) - 1]))

    def expectation(self, function: Callable[[int], sp.Expr]) -> sp.Expr:
        return sp.Add(*(p * function(k) for k, p in enumerate(self.probabilities, start=1)))


@dataclass(frozen=True)
class Gaussian:
    """N(mean, covariance) of an n-vector; scalars stand for n = 1."""

    mean: Value
    covariance: Value

    def log_density(self, value: Value) -> sp.Expr:
        residual, covariance = column(value) - column(self.mean), column(self.covariance)
        size = covariance.shape[0]
        quadratic = scalar(residual.T * inverse(covariance) * residual)
        return split_logs(-(quadratic + sp.log(covariance.det()) + size * sp.log(2 * sp.pi)) / 2)

    def expectation(self, function: Callable[[Value], sp.Expr]) -> sp.Expr:
        """E[f(z)] for f of degree at most two in z, through E[z_i] and E[z_i z_j]."""
        mean, covariance = column(self.mean), column(self.covariance)
        size = mean.shape[0]
        z = [sp.Dummy(f"z_{i + 1}", real=True) for i in range(size)]
        body = sp.expand(scalar(column(function(scalar(sp.Matrix(z))))))
        if not body.is_polynomial(*z):
            raise Undecidable(f"not a polynomial in z: {body}")
        total = sp.S.Zero
        for powers, coefficient in sp.Poly(body, *z).terms():
            which = [i for i, power in enumerate(powers) for _ in range(power)]
            if len(which) > 2:
                raise Undecidable(f"degree {len(which)} in z: {body}")
            moment = sp.prod([mean[i] for i in which])
            if len(which) == 2:
                moment += covariance[which[0], which[1]]
            total += coefficient * moment
        return total


@dataclass(frozen=True)
class ByLogDensity:
    """A distribution known by its log-density alone, such as a posterior from Bayes' rule."""

    log_density: Callable[[Value], sp.Expr]

    def expectation(self, function: Callable[[Value], sp.Expr]) -> sp.Expr:
        raise Undecidable("no expectations under a distribution that is known by its density alone")


Distribution = Finite | Gaussian | ByLogDensity


def log_gaussian_integral(log_integrand: sp.Expr, variables: list[sp.Symbol]) -> sp.Expr:
    """log of the integral of exp(-z' A z / 2 + b' z + c) over z: c + b' A^-1 b / 2 + (n log 2 pi - log |A|) / 2."""
    polynomial = sp.expand(log_integrand)
    if not polynomial.is_polynomial(*variables) or sp.Poly(polynomial, *variables).total_degree() > 2:
        raise Undecidable(f"not the exponential of a quadratic: {log_integrand}")
    at_zero = dict.fromkeys(variables, 0)
    precision = -sp.hessian(polynomial, variables)
    slope = sp.Matrix([sp.factor(sp.diff(polynomial, z).subs(at_zero)) for z in variables])
    constant = polynomial.subs(at_zero)
    quadratic = scalar(slope.T * inverse(precision) * slope)
    return (
        constant
        + quadratic / 2
        + (len(variables) * sp.log(2 * sp.pi) - split_logs(sp.log(precision.det()))) / 2
    )
