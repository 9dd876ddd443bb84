r"""Read the LaTeX of an equation into a tree that can be evaluated.

The reader of a chapter sees LaTeX; what is checked is this tree of the same characters. The grammar is the notation of
the course (book/notation.md) and no more: densities `p_\theta(x \mid z)`, expectations
`\mathbb{E}_{q_\phi(z \mid x)}[...]`, divergences `D_{\mathrm{KL}}(a \,\|\, b)`, integrals `\int ... \, dz`, sums
`\sum_{j=1}^{d} ...`, gradients `\nabla_\phi ...` (a world that has any says what they mean, as `nabla`), normal
densities `\mathcal{N}(x; \mu, \sigma^2)`, elementary functions and matrix products.
A function binds its next factor only: `\log a b` is `(\log a) b`, as in `\log p(x) \, dx`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction


class NotationError(ValueError):
    """The LaTeX is not in the notation of the course."""


@dataclass(frozen=True)
class Number:
    value: Fraction


@dataclass(frozen=True)
class Name:
    """A symbol such as `x`, `\\mu_j` or `z^{(k)}`: its letter and the letters or numbers of its index."""

    letter: str
    index: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sum:
    terms: tuple[Node, ...]


@dataclass(frozen=True)
class Product:
    factors: tuple[Node, ...]


@dataclass(frozen=True)
class Quotient:
    above: Node
    below: Node


@dataclass(frozen=True)
class Power:
    base: Node
    exponent: Node


@dataclass(frozen=True)
class Transpose:
    matrix: Node


@dataclass(frozen=True)
class Apply:
    """An elementary function (`log`, `exp`, `sqrt`, `tr`, ...) or a named one such as `\\mathcal{L}` of its arguments."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Density:
    """`p_\\theta(x \\mid z)`: the letter, the variables and what they are conditioned on."""

    letter: str
    of: tuple[Name, ...]
    given: tuple[Name, ...] = ()


@dataclass(frozen=True)
class Normal:
    """`\\mathcal{N}(x; \\mu, \\sigma^2)`, or the distribution itself when no variable is named."""

    of: Node | None
    mean: Node
    variance: Node


@dataclass(frozen=True)
class Expectation:
    """`\\mathbb{E}_{q(z \\mid x)}[body]`, or `\\mathbb{E}[body]` over all that is random in the model."""

    under: Density | Normal | None
    body: Node


@dataclass(frozen=True)
class Divergence:
    """`D_{\\mathrm{KL}}(left \\| right)`."""

    left: Density | Normal
    right: Density | Normal


@dataclass(frozen=True)
class Integral:
    body: Node
    variable: str


@dataclass(frozen=True)
class Series:
    """`\\sum_{index=first}^{last} body`."""

    index: str
    first: Node
    last: Node
    body: Node


@dataclass(frozen=True)
class Relation:
    """`sides[0] operators[0] sides[1] operators[1] ...`, each operator one of `=`, `<=`, `>=`."""

    sides: tuple[Node, ...]
    operators: tuple[str, ...]


Node = (
    Number
    | Name
    | Sum
    | Product
    | Quotient
    | Power
    | Transpose
    | Apply
    | Density
    | Normal
    | Expectation
    | Divergence
    | Integral
    | Series
)

# What only guides the eye.
_LAYOUT = re.compile(
    r"\\(?:left|right|bigl?|bigr?|Bigl?|Bigr?|Biggl?|Biggr?|displaystyle|quad|qquad)(?![A-Za-z])"
    r"|\\[,;:! ]|\\\\(?:\[[^\]]*\])?|&|~|\\(?:begin|end)\{(?:aligned|split)\}"
)
_TOKEN = re.compile(r"\\[A-Za-z]+|\\[|{}]|\d+(?:\.\d+)?|[A-Za-z]|[-+*/=<>()\[\]{}^_;,.|']")
_RELATIONS = {"=": "=", r"\ge": ">=", r"\geq": ">=", r"\le": "<=", r"\leq": "<="}
_ALPHABETS = {r"\mathbf", r"\boldsymbol", r"\mathrm", r"\operatorname"}
_ACCENTS = {r"\hat", r"\bar", r"\tilde"}
_ELEMENTARY = {r"\log": "log", r"\exp": "exp"}
_FUNCTIONS = {"tr", "sigmoid", "det", "softplus", "Var"}
_GREEK = set(
    r"""\alpha \beta \gamma \delta \epsilon \varepsilon \zeta \eta \theta \kappa \lambda \mu \nu \xi \pi \rho
    \sigma \tau \phi \varphi \psi \omega \Gamma \Delta \Lambda \Sigma \Phi \Psi \Omega \ell""".split()  # noqa: SIM905
)
_PARAMETERS = {r"\theta", r"\phi"}  # subscripts of p and q that name the network, not an index


def parse(latex: str) -> Relation:
    """Read one equation, possibly a chain `a = b \\ge c`. Raises NotationError where the notation is not the course's."""
    return _Reader(latex).whole(_Reader.relation)


def parse_definition(latex: str) -> tuple[Apply, Node]:
    """Read `\\mathcal{L}(x) := ...`: what is defined, with its arguments, and what it stands for."""
    left, separator, right = latex.partition(":=")
    if not separator:
        raise NotationError(f"no := in {latex!r}")
    name = _Reader(left).whole(_Reader.expression)
    if not isinstance(name, Apply):
        raise NotationError(f"not the name of a function: {left!r}")
    return name, _Reader(right).whole(_Reader.expression)


class _Reader:
    """Recursive descent over the tokens of one equation; each method reads one rule of the grammar."""

    def __init__(self, latex: str) -> None:
        text = _LAYOUT.sub(" ", latex).strip().rstrip(".,; ")
        left_over = _TOKEN.sub("", text).strip()
        if left_over:
            raise NotationError(f"cannot read {left_over!r} in {latex!r}")
        self.latex = latex
        self.tokens = _TOKEN.findall(text)
        self.at = 0
        self.open_integrals = 0

    # --- tokens

    def peek(self, ahead: int = 0) -> str:
        position = self.at + ahead
        return self.tokens[position] if position < len(self.tokens) else ""

    def next(self) -> str:
        token = self.peek()
        self.at += 1
        return token

    def take(self, *expected: str) -> bool:
        if self.peek() in expected:
            self.at += 1
            return True
        return False

    def expect(self, token: str) -> None:
        if not self.take(token):
            self.fail(f"expected {token!r}")

    def fail(self, reason: str) -> None:
        rest = " ".join(self.tokens[self.at : self.at + 8]) or "the end"
        raise NotationError(f"{reason} at `{rest}` in {self.latex!r}")

    # --- grammar

    def whole(self, rule):
        node = rule(self)
        if self.at < len(self.tokens):
            self.fail("cannot go on")
        return node

    def relation(self) -> Relation:
        sides, operators = [self.expression()], []
        while self.peek() in _RELATIONS:
            operators.append(_RELATIONS[self.next()])
            sides.append(self.expression())
        if not operators:
            self.fail("no =, \\le or \\ge")
        return Relation(tuple(sides), tuple(operators))

    def expression(self) -> Node:
        terms = [self.signed_term()]
        while self.peek() in ("+", "-"):
            terms.append(self.signed_term())
        return terms[0] if len(terms) == 1 else Sum(tuple(terms))

    def signed_term(self) -> Node:
        if self.take("-"):
            return Product((Number(Fraction(-1)), self.term()))
        self.take("+")
        return self.term()

    def term(self) -> Node:
        product: Node = self.factor()
        while True:
            if self.take("/"):
                product = Quotient(product, self.factor())
            elif self.take(r"\cdot", r"\times") or self.starts_factor():
                following = self.factor()
                earlier = product.factors if isinstance(product, Product) else (product,)
                product = Product((*earlier, following))
            else:
                return product

    def starts_factor(self) -> bool:
        token = self.peek()
        if not token or self.ends_integral():
            return False
        return (
            token[0].isalnum() or token in ("(", "[", "{") or (token[0] == "\\" and self.begins_value(token))
        )

    def begins_value(self, token: str) -> bool:
        known = {
            r"\frac",
            r"\tfrac",
            r"\sqrt",
            r"\sum",
            r"\int",
            r"\mathbb",
            r"\mathcal",
            r"\max",
            r"\underbrace",
            r"\nabla",
        }
        return token in known | _GREEK | _ALPHABETS | _ACCENTS | set(_ELEMENTARY)

    def ends_integral(self) -> bool:
        return (
            self.open_integrals > 0
            and self.peek() == "d"
            and len(self.peek(1)) == 1
            and self.peek(1).isalpha()
        )

    def factor(self) -> Node:
        base = self.base()
        while self.take("^"):
            if self.take(r"\top"):
                base = Transpose(base)
            elif self.peek() == "{" and self.peek(1) == r"\top":
                self.group(lambda: self.expect(r"\top"))
                base = Transpose(base)
            else:
                base = Power(base, self.group(self.expression))
        return base

    def group(self, rule):
        """`{ rule }`, or a single token as in `x^2`."""
        if self.take("{"):
            inside = rule()
            self.expect("}")
            return inside
        if rule == self.expression:
            return self.base()
        return rule()

    def base(self) -> Node:
        token = self.peek()
        if token and (token[0].isdigit()):
            return Number(Fraction(self.next()))
        for opening, closing in (("(", ")"), ("[", "]"), ("{", "}")):
            if self.take(opening):
                inside = self.expression()
                self.expect(closing)
                return inside
        if self.take(r"\frac", r"\tfrac"):
            return Quotient(self.group(self.expression), self.group(self.expression))
        if self.take("|"):
            inside = self.expression()
            self.expect("|")
            return Apply("abs", (inside,))
        if self.take(r"\max"):
            self.expect("(")
            one = self.expression()
            self.expect(",")
            other = self.expression()
            self.expect(")")
            return Apply("max", (one, other))
        if self.take(r"\sqrt"):
            return Apply("sqrt", (self.group(self.expression),))
        if token in _ELEMENTARY:
            self.next()
            argument = self.factor()
            if isinstance(argument, Number) and self.starts_factor():
                self.fail(f"is it {token}(a b) or ({token} a) b? Brackets are missing")
            return Apply(_ELEMENTARY[token], (argument,))
        if self.take(r"\underbrace"):
            inside = self.group(self.expression)
            self.expect("_")
            self.caption()
            return inside
        if self.take(r"\nabla"):
            by = tuple(Name(letter) for letter in self.index())
            return Apply("nabla", (*by, self.factor()))
        if self.take(r"\sum"):
            return self.series()
        if self.take(r"\int"):
            return self.integral()
        if self.take(r"\mathbb"):
            return self.expectation()
        if self.take(r"\mathcal"):
            return self.calligraphic()
        if (
            token == "D"
            and self.peek(1) == "_"
            and self.tokens[self.at + 2 : self.at + 5] == ["{", r"\mathrm", "{"]
        ):
            return self.divergence()
        if token in ("p", "q"):
            return self.density()
        return self.name_or_function()

    def caption(self) -> None:
        """The words under a brace: `{\\text{...}}`, skipped."""
        depth = 0
        while True:
            token = self.next()
            depth += (token == "{") - (token == "}")
            if depth == 0 or not token:
                return

    def series(self) -> Series:
        self.expect("_")
        self.expect("{")
        index = self.next()
        self.expect("=")
        first = self.expression()
        self.expect("}")
        self.expect("^")
        last = self.group(self.expression)
        return Series(index, first, last, self.term())

    def integral(self) -> Integral:
        self.open_integrals += 1
        body = self.expression()
        self.open_integrals -= 1
        if self.next() != "d":
            self.fail("an integral needs its `dz`")
        return Integral(body, self.next())

    def expectation(self) -> Expectation:
        self.expect("{")
        self.expect("E")
        self.expect("}")
        under = None
        if self.take("_"):
            self.expect("{")
            if self.peek(1) == r"\sim":  # z \sim q(z | x)
                self.at += 2
            under = self.distribution()
            self.expect("}")
        self.expect("[")
        body = self.expression()
        self.expect("]")
        return Expectation(under, body)

    def divergence(self) -> Divergence:
        self.at += len(["D", "_", "{", r"\mathrm", "{", "K", "L", "}", "}"])
        self.expect("(")
        left = self.distribution()
        if not self.take(r"\|", r"\Vert"):
            self.fail("expected \\|")
        right = self.distribution()
        self.expect(")")
        return Divergence(left, right)

    def distribution(self) -> Density | Normal:
        value = self.calligraphic() if self.take(r"\mathcal") else self.density()
        if not isinstance(value, Density | Normal):
            self.fail("expected a distribution")
        return value

    def calligraphic(self) -> Node:
        self.expect("{")
        letter = self.next()
        self.expect("}")
        index = self.index()
        self.expect("(")
        arguments, separators = [self.expression()], []
        while self.peek() in (",", ";"):
            separators.append(self.next())
            arguments.append(self.expression())
        self.expect(")")
        if letter != "N":
            return Apply("_".join((letter, *index)), tuple(arguments))
        if separators == [";", ","]:
            return Normal(*arguments)
        if separators == [","]:
            return Normal(None, *arguments)
        self.fail("a normal is \\mathcal{N}(x; mean, variance) or \\mathcal{N}(mean, variance)")

    def density(self) -> Density | Name:
        if self.peek() not in ("p", "q"):
            self.fail("expected p or q")
        letter = self.next()
        index = tuple(i for i in self.index() if i not in _PARAMETERS)
        if not self.take("("):
            return Name(letter, index)
        of = self.names()
        given = self.names() if self.take(r"\mid", "|") else ()
        self.expect(")")
        return Density("_".join((letter, *index)), of, given)

    def names(self) -> tuple[Name, ...]:
        found = [self.name()]
        while self.take(","):
            found.append(self.name())
        return tuple(found)

    def name(self) -> Name:
        token = self.next()
        if token in _ACCENTS | _ALPHABETS:
            accent = "" if token in _ALPHABETS else token[1:] + " "
            self.expect("{")
            letters = ""
            while self.peek() != "}":
                letters += self.next()
            self.next()
            return Name(accent + letters, self.index())
        if token in _GREEK or (len(token) == 1 and token.isalpha()):
            return Name(token, self.index())
        self.at -= 1
        self.fail("cannot read")

    def index(self) -> tuple[str, ...]:
        """`_j`, `_{k j}` and `^{(i)}`, in the order read."""
        found: list[str] = []
        while True:
            if self.take("_"):
                if self.take("{"):
                    while not self.take("}"):
                        if self.take(r"\mathrm", r"\text") and self.take("{"):
                            found.append(self.word())
                        elif not self.take(","):
                            found.append(self.next())
                else:
                    found.append(self.next())
            elif self.tokens[self.at : self.at + 3] == ["^", "{", "("]:
                self.at += 3
                found.append(self.next())
                self.expect(")")
                self.expect("}")
            else:
                return tuple(found)

    def word(self) -> str:
        """The letters up to `}`, as one index: `data` in `p_{\\mathrm{data}}`."""
        letters = ""
        while not self.take("}"):
            if not self.peek():
                self.fail("expected '}'")
            letters += self.next()
        return letters

    def name_or_function(self) -> Node:
        name = self.name()
        if name.letter in _FUNCTIONS:
            self.expect("(")
            argument = self.expression()
            self.expect(")")
            return Apply(name.letter, (argument,))
        return name
