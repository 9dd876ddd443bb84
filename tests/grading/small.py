"""A small valid exercise set, which the tests break in one way each."""

# ruff: noqa: E501 - metadata stands on one line, as in the sources

SOURCE = '''\
---
jupytext:
  text_representation:
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
vae_course:
  set: small
  chapter: A chapter
  points: 3
---

# Exercises: Small

Two questions.

```{code-cell} ipython3
---
nbgrader: {schema_version: 3, grade: false, solution: false, locked: true, task: false, grade_id: imports, cell_type: code}
vae_course: {role: setup}
---
%config InlineBackend.figure_format = "png"
from vae_course.grading import fresh, same
```

+++ {"nbgrader": {"schema_version": 3, "grade": false, "solution": false, "locked": true, "task": false, "grade_id": "q1", "cell_type": "markdown"}, "vae_course": {"role": "statement", "question": 1, "points": 2, "hint": "Two and two."}}

## Question 1: Doubling (2 points)

Write `double(x)`.

```{code-cell} ipython3
---
nbgrader: {schema_version: 3, grade: false, solution: true, locked: false, task: false, grade_id: q1-double, cell_type: code}
vae_course: {role: solution, question: 1, functions: [double]}
---
def double(x):
    """Twice x."""
    ### BEGIN SOLUTION: twice "x"
    secret_answer = 2 * x
    return secret_answer
    ### END SOLUTION
```

```{code-cell} ipython3
---
nbgrader: {schema_version: 3, grade: false, solution: false, locked: true, task: false, grade_id: q1-check, cell_type: code}
vae_course: {role: visible, question: 1}
---
same(double(2.0), 4.0, "double", where="x = 2", causes={"the square of 3": 9.0})
```

```{code-cell} ipython3
---
nbgrader: {schema_version: 3, grade: true, solution: false, locked: true, task: false, grade_id: q1-test, cell_type: code, points: 2}
vae_course: {role: verify, question: 1}
---
# 2 points: double on fresh numbers.
### BEGIN HIDDEN TESTS
hidden_input = float(fresh("small q1").normal())
same(double(hidden_input), hidden_input + hidden_input, "double")
### END HIDDEN TESTS
```

+++ {"nbgrader": {"schema_version": 3, "grade": false, "solution": false, "locked": true, "task": false, "grade_id": "q2", "cell_type": "markdown"}, "vae_course": {"role": "statement", "question": 2, "points": 1}}

## Question 2: Halving (1 point)

Write `half(x)`.

```{code-cell} ipython3
---
nbgrader: {schema_version: 3, grade: false, solution: true, locked: false, task: false, grade_id: q2-half, cell_type: code}
vae_course: {role: solution, question: 2, functions: [half]}
---
def half(x):
    ### BEGIN SOLUTION: half of x
    return x / 2
    ### END SOLUTION
```

```{code-cell} ipython3
---
nbgrader: {schema_version: 3, grade: false, solution: false, locked: true, task: false, grade_id: q2-observe, cell_type: code}
vae_course: {role: observe, question: 2, functions: [observe_half]}
---
def observe_half(x):
    return {"half": half(x)}
```

```{code-cell} ipython3
---
nbgrader: {schema_version: 3, grade: false, solution: false, locked: true, task: false, grade_id: q2-check, cell_type: code}
vae_course: {role: visible, question: 2}
---
same(observe_half(2.0), {"half": 1.0}, "half")
```

```{code-cell} ipython3
---
nbgrader: {schema_version: 3, grade: true, solution: false, locked: true, task: false, grade_id: q2-test, cell_type: code, points: 1}
vae_course: {role: verify, question: 2}
---
# 1 point: half of a fresh number.
### BEGIN HIDDEN TESTS
number = float(fresh("small q2").normal())
same(observe_half(number), {"half": number * 0.5}, "half")
### END HIDDEN TESTS
```
'''
