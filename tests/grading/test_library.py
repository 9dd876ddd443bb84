"""What of the library is in a sandbox."""

from tests.exercises.runner import SETS
from tests.grading.small import SOURCE
from vae_course.grading.format import parse_source
from vae_course.grading.library import PACKAGE, given

HELPERS = {"__init__.py", *(f"grading/{name}.py" for name in ("__init__", "checks", "seeds", "values"))}


def test_a_set_that_compares_gets_the_comparison_and_nothing_else():
    assert set(given(parse_source(SOURCE, "small"))) == HELPERS


def test_what_a_set_imports_comes_with_all_that_it_imports_itself():
    text = SOURCE.replace("import fresh, same", "import fresh, same\nfrom vae_course.data import binarize", 1)
    files = set(given(parse_source(text, "small")))
    assert {"data/__init__.py", "data/binarize.py", "data/digits.py", "data/idx.py", "extras.py"} <= files
    assert not any(file.startswith(("objectives", "models", "symbolic")) for file in files)


def test_the_courses_sets_are_given_no_module_that_could_hold_an_answer():
    for exercises in SETS.values():
        files = given(exercises)
        assert all((PACKAGE / file).is_file() for file in files)
        assert not any(file.startswith(("objectives", "models", "evaluation", "symbolic")) for file in files)
