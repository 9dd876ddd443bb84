"""What importing costs."""

import subprocess
import sys

import pytest

CORE = ("data", "nets", "models", "objectives", "training", "evaluation")
EXTRAS = ("matplotlib", "sklearn", "mlxtend", "pooch", "sympy", "IPython")


def imported_after(statement: str) -> set[str]:
    program = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_the_package_alone_imports_nothing():
    assert "torch" not in imported_after("import vae_course")


def test_the_core_needs_no_extra():
    modules = imported_after("import " + ", ".join(f"vae_course.{room}" for room in CORE))
    assert not modules & set(EXTRAS)


@pytest.mark.parametrize("position", range(1, len(CORE)))
def test_no_room_imports_from_its_right(position):
    """data -> nets -> models -> objectives -> training -> evaluation: each alone brings none of the later ones."""
    modules = imported_after(f"import vae_course.{CORE[position - 1]}")
    assert not modules & {f"vae_course.{room}" for room in (*CORE[position:], "figures")}
