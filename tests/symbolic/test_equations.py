"""Every displayed claim has a check, every check a chapter, every mutant is refused, the text is what is checked."""

import re
from pathlib import Path

import pytest

from vae_course.symbolic import Refuted, definitions, equations, prove
from vae_course.symbolic.latex import parse
from vae_course.symbolic.registry import Equation, equation

ROOT = Path(__file__).parents[2]
TEXTS = [*sorted((ROOT / "chapters").glob("*.md")), ROOT / "book" / "proofs.md"]
DISPLAY = re.compile(r"^\s*\$\$\s*\n(.*?)\n\s*\$\$(?:[ \t]*\(([^)]*)\))?[ \t]*$", re.M | re.S)
ANY_DISPLAY = re.compile(r"\$\$")


def one_line(latex: str) -> str:
    return " ".join(latex.split()).rstrip(".,; ")


def displayed(text: str) -> list[tuple[str, str]]:
    """(label or "", LaTeX on one line) of each displayed equation of a text."""
    return [(label or "", one_line(latex)) for latex, label in DISPLAY.findall(text)]


def orphans(texts: dict[str, str], registered: dict[str, Equation], defined: list[str]) -> list[str]:
    """What is wrong between the displayed equations of the texts (by file name) and the registered ones."""
    problems, seen = [], {}
    for name, text in texts.items():
        chapter = int(name[:2]) if name[:2].isdigit() else None
        if 2 * len(DISPLAY.findall(text)) != len(ANY_DISPLAY.findall(text)):
            problems.append(f"{name}: a $$ that is not on a line of its own")
        for label, latex in displayed(text):
            if not label:
                if ":=" not in latex and r"\arg\max" not in latex:
                    problems.append(f"{name}: a claim without a label: {latex}")
                elif ":=" in latex and latex not in map(one_line, defined):
                    problems.append(f"{name}: a definition that no check knows: {latex}")
            elif label not in registered:
                problems.append(f"{name}: no check for ({label})")
            elif label in seen:
                problems.append(f"{name}: ({label}) stands in {seen[label]} too")
            elif latex != one_line(registered[label].latex):
                problems.append(
                    f"{name}: ({label}) is not what is checked:\n  {latex}\n  {one_line(registered[label].latex)}"
                )
            elif chapter is not None and registered[label].chapter != chapter:
                problems.append(f"{name}: ({label}) is registered for chapter {registered[label].chapter}")
            else:
                seen[label] = name
    return problems + [f"({label}) is checked but shown nowhere" for label in registered if label not in seen]


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return {path.name: path.read_text() for path in TEXTS}


def test_what_is_shown_is_what_is_checked(texts):
    assert orphans(texts, equations(), definitions()) == []


def test_each_labelled_equation_is_proved_beside_its_place(texts):
    """A chapter shows the check: after the equation, before the next one, stands `prove("label")`."""
    for name, text in texts.items():
        if name[:2].isdigit():
            for match in DISPLAY.finditer(text):
                label = match.group(2)
                if label:
                    following = text[match.end() :]
                    following = following[
                        : (DISPLAY.search(following) or re.search(r"\Z", following)).start()
                    ]
                    assert f'prove("{label}")' in following, f"{name}: ({label}) has no prove cell"


@pytest.mark.parametrize("label", sorted(equations()))
def test_the_equation_holds(label):
    for world, steps in equations()[label].check():
        assert steps, world


@pytest.mark.parametrize(("label", "mutant"), [(e.label, m) for e in equations().values() for m in e.mutants])
def test_the_mutant_is_refused(label, mutant):
    assert isinstance(equations()[label].refute(mutant), Refuted)


# --- the checks above can fail


def test_deleting_a_check_is_seen(texts):
    fewer = {label: e for label, e in equations().items() if label != "elbo-gap"}
    assert any("no check for (elbo-gap)" in p for p in orphans(texts, fewer, definitions()))


def test_deleting_an_equation_from_a_chapter_is_seen(texts):
    name = "02-elbo.md"
    without = DISPLAY.sub(lambda m: "" if m.group(2) == "elbo-gap" else m.group(0), texts[name])
    assert any(
        "(elbo-gap) is checked but shown nowhere" in p
        for p in orphans({**texts, name: without}, equations(), definitions())
    )


def test_every_changed_sign_of_every_shown_equation_is_seen(texts):
    """Plus for minus, at each place of each labelled equation of each text."""
    tried = 0
    for name, text in texts.items():
        for match in DISPLAY.finditer(text):
            for sign in re.finditer(r"(?<![{^])[+-]", match.group(1)):
                at = match.start(1) + sign.start()
                changed = text[:at] + ("-" if text[at] == "+" else "+") + text[at + 1 :]
                assert orphans({**texts, name: changed}, equations(), definitions()), (name, match.group(2))
                tried += 1
    assert tried > 20


def test_every_changed_sign_is_false_not_only_different():
    """An equality with one sign changed is refused by mathematics alone: the check reads what the reader reads.

    (An inequality may stay true: log u <= u + 1 is only weaker.)
    """
    for found in equations().values():
        if "=" not in parse(found.latex).operators:
            continue
        for sign in re.finditer(r"(?<![{^])[+-]", found.latex):
            at = sign.start()
            changed = found.latex[:at] + ("-" if found.latex[at] == "+" else "+") + found.latex[at + 1 :]
            wrong = Equation(
                found.label, found.chapter, changed, found.worlds, {"as it is": (changed, changed)}
            )
            assert isinstance(wrong.refute("as it is"), Refuted), changed


def test_a_claim_without_a_label_is_seen():
    assert orphans({"02-x.md": "$$\na = b\n$$\n"}, {}, []) == ["02-x.md: a claim without a label: a = b"]


def test_a_surviving_mutant_is_seen():
    harmless = Equation(
        "x", 2, r"\log u \le u - 1", equations()["kl-tangent"].worlds, {"none": ("u - 1", "u - 1")}
    )
    with pytest.raises(AssertionError, match="survives"):
        harmless.refute("none")


def test_a_false_equation_is_refuted():
    false = Equation("x", 2, r"\log u \le u - 2", equations()["kl-tangent"].worlds, {"none": ("u", "v")})
    with pytest.raises(Refuted):
        false.check()


def test_a_mutation_that_does_not_apply_is_seen():
    with pytest.raises(ValueError, match="occurs 0 times"):
        Equation("x", 2, "a = b", lambda: (), {"typo": ("c", "d")}).mutate("typo")


def test_an_equation_needs_a_mutant_and_a_name_of_its_own():
    with pytest.raises(ValueError, match="no mutant"):
        equation(chapter=2, mutants={})(lambda: None)
    with pytest.raises(ValueError, match="two equations"):

        @equation(chapter=2, mutants={"x": ("a", "b")})
        def elbo_gap():
            """a = b"""


def test_an_unknown_label_names_the_known_ones():
    with pytest.raises(KeyError, match="elbo-gap"):
        prove("elbo-gasp")


def test_a_proof_reads_as_text_and_as_latex():
    proof = prove("kl-tangent")
    assert repr(proof).splitlines()[:2] == ["kl-tangent: proved", "  log(u)  <=  u - 1"]
    assert proof._repr_latex_().startswith("$$\\begin{aligned}")


@pytest.mark.parametrize("label", sorted(equations()))
def test_a_proof_is_short_enough_for_the_mathjax_of_any_notebook(label):
    """MathJax refuses to typeset more than 5 KiB in one display, unless its host raises the limit."""
    assert len(prove(label)._repr_latex_()) < 5 * 1024
