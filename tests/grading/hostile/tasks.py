"""Exercise sets of two or six like questions, so that attacks can share a submission, and the grading of them."""

# ruff: noqa: E501 - metadata stands on one line, as in the sources

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

from vae_course.grading.engine import Graded, grade
from vae_course.grading.format import ExerciseSet, parse_source
from vae_course.grading.sandbox import Limits

COUNT = 6
LIMITS = Limits(memory=2**29, processes=24, call_seconds=4, total_seconds=12)
SECRET = "hidden_input"
"""A name that stands in the hidden tests alone."""

HEAD = """\
---
jupytext:
  text_representation:
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
vae_course:
  set: six
  chapter: A chapter
  points: COUNT
---

# Exercises: Six

Like questions.

```{code-cell} ipython3
---
nbgrader: {schema_version: 3, grade: false, solution: false, locked: true, task: false, grade_id: imports, cell_type: code}
vae_course: {role: setup}
---
import numpy as np
from vae_course.grading import fresh, same
```
"""

QUESTION = """
+++ {"nbgrader": {"schema_version": 3, "grade": false, "solution": false, "locked": true, "task": false, "grade_id": "qK", "cell_type": "markdown"}, "vae_course": {"role": "statement", "question": K, "points": 1}}

## Question K: Doubling (1 point)

Write `doubleK(x)`.

```{code-cell} ipython3
---
nbgrader: {schema_version: 3, grade: false, solution: true, locked: false, task: false, grade_id: qK-double, cell_type: code}
vae_course: {role: solution, question: K, functions: [doubleK]}
---
def doubleK(x):
    ### BEGIN SOLUTION: twice x
    return 2 * x
    ### END SOLUTION
```

```{code-cell} ipython3
---
nbgrader: {schema_version: 3, grade: false, solution: false, locked: true, task: false, grade_id: qK-check, cell_type: code}
vae_course: {role: visible, question: K}
---
same(doubleK(np.array([2.0, 3.0])), np.array([4.0, 6.0]), "doubleK")
```

```{code-cell} ipython3
---
nbgrader: {schema_version: 3, grade: true, solution: false, locked: true, task: false, grade_id: qK-test, cell_type: code, points: 1}
vae_course: {role: verify, question: K}
---
### BEGIN HIDDEN TESTS
hidden_input = fresh("six qK").normal(size=2)
same(doubleK(hidden_input), hidden_input + hidden_input, "doubleK")
### END HIDDEN TESTS
```
"""

RIGHT = "def double(x):\n    return x + x"


@functools.cache
def questions(count: int) -> ExerciseSet:
    """The set of so many questions."""
    text = HEAD.replace("COUNT", str(count)) + "".join(
        QUESTION.replace("K", str(k + 1)) for k in range(count)
    )
    return parse_source(text, "six")


def graded(server: Path, sources: list[str], count: int = COUNT, *, plain: bool = False) -> Graded:
    """Grade answers to `double`, one a question; the questions that are left get the right answer.

    `plain` hands an answer in as it stands, and does not make its `double` the function of its question.
    """
    answers = {}
    for k in range(1, count + 1):
        source = sources[k - 1] if k <= len(sources) else RIGHT
        named = "" if plain and source != RIGHT else f"\ndouble{k} = globals().get('double')\n"
        answers[f"q{k}-double"] = source + named
    with tempfile.TemporaryDirectory() as folder:
        return grade(questions(count), answers, Path(folder), server, seed=3, limits=LIMITS)


def problems(outcome: Graded, question: int) -> list[str]:
    """Why a reason is none that a student can be shown, or that gives something away."""
    cell = outcome.outcomes[f"q{question}-test"]
    found = []
    if cell.status == "passed":
        found.append("passed")
    if not 5 < len(cell.reason) < 2500:
        found.append(f"a reason of {len(cell.reason)} characters")
    for word in (SECRET, "Traceback", "fresh(", "During handling"):
        if word in cell.reason:
            found.append(f"the reason shows {word}: {cell.reason!r}")
    if not all(c.isprintable() or c in "\n\t" for c in cell.reason):
        found.append(f"control characters: {cell.reason!r}")
    return found
