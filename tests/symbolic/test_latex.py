"""The parser reads the notation of the course and refuses what it does not know."""

from fractions import Fraction

import pytest

from vae_course.symbolic.latex import (
    Apply,
    Density,
    Divergence,
    Expectation,
    Integral,
    Name,
    NotationError,
    Number,
    Product,
    Quotient,
    Relation,
    Series,
    Sum,
    parse,
    parse_definition,
)

X, Z = Name("x"), Name("z")


def left(text: str):
    return parse(f"{text} = 0").sides[0]


def test_densities_keep_their_variables_and_drop_the_names_of_the_networks():
    assert left(r"p_\theta(x \mid z)") == Density("p", (X,), (Z,))
    assert left(r"q_\phi(z | x_i)") == Density("q", (Z,), (Name("x", ("i",)),))
    assert left(r"p(x, z)") == Density("p", (X, Z))


def test_an_expectation_reads_with_and_without_the_variable():
    short = left(r"\mathbb{E}_{q_\phi(z \mid x)}\left[ \log p(z) \right]")
    long = left(r"\mathbb{E}_{z \sim q_\phi(z \mid x)}[\log p(z)]")
    assert short == long == Expectation(Density("q", (Z,), (X,)), Apply("log", (Density("p", (Z,)),)))


def test_divergences_integrals_and_sums():
    q, p = Density("q", (Z,), (X,)), Density("p", (Z,))
    assert left(r"D_{\mathrm{KL}}\left( q(z \mid x) \,\|\, p(z) \right)") == Divergence(q, p)
    assert left(r"\int p(x \mid z) \, p(z) \, dz") == Integral(Product((Density("p", (X,), (Z,)), p)), "z")
    mu = Name(r"\mu", ("j",))
    assert left(r"\sum_{j=1}^{d} \mu_j") == Series("j", Number(Fraction(1)), Name("d"), mu)


def test_a_function_binds_one_factor_and_asks_for_brackets_where_two_readings_exist():
    assert left(r"\log a b") == Product((Apply("log", (Name("a"),)), Name("b")))
    with pytest.raises(NotationError, match="Brackets are missing"):
        parse(r"\log 2 \pi = 0")


def test_layout_and_captions_do_not_count():
    plain = parse(r"a + \frac{1}{2} b = c")
    laid_out = parse(
        r"\begin{aligned} & a \\ & \quad + \tfrac{1}{2} \, \underbrace{b}_{\text{why, even } \ge 0} = c. \end{aligned}"
    )
    assert plain == laid_out
    assert plain.sides[0] == Sum(
        (Name("a"), Product((Quotient(Number(Fraction(1)), Number(Fraction(2))), Name("b"))))
    )


def test_chains_of_relations():
    assert parse(r"a = b \ge c \leq d") == Relation(
        (Name("a"), Name("b"), Name("c"), Name("d")), ("=", ">=", "<=")
    )


def test_a_word_is_one_index():
    data = Density("p_data", (Name("x"),))
    assert parse(r"p_{\mathrm{data}}(x) = p_{\text{data}}(x)").sides == (data, data)
    with pytest.raises(NotationError, match="expected '}'"):
        parse(r"p_{\mathrm{data")


def test_a_gradient_binds_the_next_factor_only():
    left = Apply("nabla", (Name(r"\theta"), Name(r"\phi"), Apply("log", (Name("w", ("k",)),))))
    assert parse(r"\nabla_{\theta, \phi} \log w_k \, c = 0").sides[0] == Product((left, Name("c")))


@pytest.mark.parametrize(
    "text",
    [
        r"a + b",
        r"a = \mystery{b}",
        r"a = (b",
        r"p(x = 1",
        r"\int p(z) = 1",
        r"a = b @ c",
        "a = ",
    ],
)
def test_what_is_not_the_notation_of_the_course_is_refused(text):
    with pytest.raises(NotationError):
        parse(text)


def test_a_definition_names_a_function():
    name, body = parse_definition(r"\mathcal{L}(x) := \log p(x)")
    assert name == Apply("L", (X,))
    assert body == Apply("log", (Density("p", (X,)),))
    with pytest.raises(NotationError):
        parse_definition(r"\mathcal{L}(x) = \log p(x)")
