r"""Equations as tested objects: a label, the LaTeX that a chapter shows, where it must hold, and its mutants.

An equation is one short function. Its docstring is the LaTeX, its body names the exact models in which it is decided:

    @equation(chapter=2, mutants={"the gap subtracted": (r"+ D_{\mathrm{KL}}", r"- D_{\mathrm{KL}}")})
    def elbo_three_terms():
        r'''\log p_\theta(x) = ... + D_{\mathrm{KL}}( ... )'''
        return two_states(), linear_gaussian()

The label is the function's name with dashes. A mutant rewrites the LaTeX and must be refused in at least one model.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import sympy as sp

from vae_course.symbolic import latex
from vae_course.symbolic.decide import Refuted, Step, decide
from vae_course.symbolic.distributions import Value
from vae_course.symbolic.evaluate import Evaluator
from vae_course.symbolic.worlds import World

Mutants = Mapping[str, tuple[str, str]]
_EQUATIONS: dict[str, Equation] = {}
_DEFINITIONS: list[str] = []
LINE_LENGTH = 110  # characters of LaTeX, about half as many as seen
SEPARATOR = r",\ "
_SIGNS = {"=": "=", ">=": r"\ge", "<=": r"\le"}


@dataclass(frozen=True)
class Equation:
    """A claim of the course: its label, chapter, LaTeX, the worlds it is decided in, and its mutants."""

    label: str
    chapter: int
    latex: str
    worlds: Callable[[], World | tuple[World, ...]]
    mutants: Mutants

    def in_worlds(self) -> tuple[World, ...]:
        worlds = self.worlds()
        return worlds if isinstance(worlds, tuple) else (worlds,)

    def check(self) -> list[tuple[World, list[Step]]]:
        """Decide the equation in each of its worlds. Raises Refuted or Undecidable."""
        relation = latex.parse(self.latex)
        return [(world, decide(relation, world)) for world in self.in_worlds()]

    def mutate(self, name: str) -> str:
        """The LaTeX of a mutant. Raises ValueError where the mutation does not apply exactly once."""
        old, new = self.mutants[name]
        if self.latex.count(old) != 1:
            raise ValueError(f"{self.label}: {old!r} occurs {self.latex.count(old)} times, not once")
        return self.latex.replace(old, new)

    def refute(self, name: str) -> Refuted:
        """Why a mutant is false. Raises AssertionError where it survives."""
        relation = latex.parse(self.mutate(name))
        for world in self.in_worlds():
            try:
                decide(relation, world)
            except Refuted as refuted:
                return refuted
        raise AssertionError(f"{self.label}: the mutant {name!r} survives")


@dataclass(frozen=True)
class Proof:
    """What `prove` found, shown as LaTeX in a notebook and as text elsewhere.

    Attributes:
        equation: what was proved.
        checked: the models in which it holds, and the steps that decided it there.
        refused: per mutant, how it was refuted.
    """

    equation: Equation
    checked: list[tuple[World, list[Step]]]
    refused: dict[str, Refuted]

    def _repr_latex_(self) -> str:
        lines = []
        for world, steps in self.checked:
            lines += _indented(r"\textbf{Checked for }", _wrapped(world.title.split(SEPARATOR), SEPARATOR))
            for before, step in pairwise([None, *steps]):
                if before is None:  # in a chain the left side has just been shown
                    lines += _indented(r"\quad", _sum(step.left))
                lines += _indented(rf"\qquad {_SIGNS[step.operator]}\;", _sum(step.right))
                lines.append(rf"\qquad \checkmark\; {step.reason}")
        for name, refuted in self.refused.items():
            lines.append(rf"\textbf{{Refused: }} \text{{{name}}}")
            lines += _indented(r"\quad", _wrapped(refuted.latex.split(SEPARATOR), SEPARATOR))
        body = "\\\\\n".join(f"& {line}" for line in lines)
        return f"$$\\begin{{aligned}}\n{body}\n\\end{{aligned}}$$"

    def __repr__(self) -> str:
        lines = [f"{self.equation.label}: proved"]
        for _, steps in self.checked:
            lines += [f"  {step.left}  {step.operator}  {step.right}" for step in steps]
        lines += [f"  refused ({name}): {why}" for name, why in self.refused.items()]
        return "\n".join(lines)


def equation(*, chapter: int, mutants: Mutants) -> Callable[[Callable], Callable]:
    """Register a function as an equation: docstring = LaTeX, name = label, body = the worlds. One mutant at least."""

    def register(function: Callable) -> Callable:
        label = function.__name__.replace("_", "-")
        if label in _EQUATIONS:
            raise ValueError(f"two equations are called {label}")
        if not mutants:
            raise ValueError(f"{label} has no mutant: a check that refuses nothing proves nothing")
        text = textwrap.dedent(function.__doc__).strip()
        _EQUATIONS[label] = Equation(label, chapter, text, function, mutants)
        return function

    return register


def definition(text: str) -> Callable[[World], World]:
    r"""Register `\mathcal{L}(x) := ...`, which claims nothing; the result teaches a world what the name stands for."""
    name, body = latex.parse_definition(text)
    _DEFINITIONS.append(text)

    def teach(world: World) -> World:
        def stand_for(evaluator: Evaluator, *arguments: latex.Node) -> Value:
            values = [evaluator.value(argument) for argument in arguments]
            letters = [argument.letter for argument in name.arguments]
            return evaluator.bind(**dict(zip(letters, values, strict=True))).value(body)

        return replace(world, values={**world.values, name.function: stand_for})

    return teach


def definitions() -> list[str]:
    """The LaTeX of all registered definitions."""
    return list(_DEFINITIONS)


def equations() -> dict[str, Equation]:
    """All registered equations by label."""
    return dict(_EQUATIONS)


def prove(label: str) -> Proof:
    """Check the equation of a label and refuse its mutants, now.

    Raises KeyError for an unknown label, Refuted where the equation is false, AssertionError where a mutant survives.
    """
    if label not in _EQUATIONS:
        raise KeyError(f"no equation is called {label!r}; there are {', '.join(sorted(_EQUATIONS))}")
    found = _EQUATIONS[label]
    return Proof(found, found.check(), {name: found.refute(name) for name in found.mutants})


def _sum(expression: sp.Expr | sp.MatrixBase) -> list[str]:
    """The LaTeX of an expression, a long sum broken into lines that a phone can show."""
    if not isinstance(expression, sp.Add):
        return [sp.latex(expression)]
    first, *more = (sp.latex(term) for term in expression.as_ordered_terms())
    return _wrapped([first, *(term if term.startswith("-") else f"+ {term}" for term in more)], " ")


def _wrapped(pieces: list[str], separator: str) -> list[str]:
    """The pieces joined into lines of at most LINE_LENGTH characters, a longer piece on a line of its own."""
    lines = [pieces[0]]
    for piece in pieces[1:]:
        if len(lines[-1]) + len(piece) > LINE_LENGTH:
            lines[-1] += separator.rstrip()
            lines.append(piece)
        else:
            lines[-1] += separator + piece
    return lines


def _indented(start: str, lines: list[str]) -> list[str]:
    """The lines, the first behind `start` and the others moved to the right."""
    return [f"{start} {lines[0]}", *(rf"\qquad\quad {line}" for line in lines[1:])]
