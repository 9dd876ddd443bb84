"""An exercise set's page in the book, made from the source, so that the two cannot say different things."""

from __future__ import annotations

import re

from vae_course.grading.format import ExerciseSet, Question

_PAGE = """\
<!-- Made from exercises/source/{name}.md by `vae-course release`: edit that file, not this one. -->

# {title}

{introduction}

Take the notebook, {{download}}`{name}.ipynb <../../exercises/{name}.ipynb>`, or [open it in
Colab](colab:exercises/{name}.ipynb). It holds these questions, a cell for each answer, and a check below it.

| question | points |
|---|---|
{table}
| together | {points} |
"""

_QUESTION = """
## Question {number}: {title}

:::::{{exercise}} {points}
:label: exercise-{name}-{number}
:nonumber:

{text}
:::::
"""

_GIVEN = """
```python
{code}
```
"""

_HINT = """
::::{{admonition}} Hint
:class: dropdown

{hint}
::::
"""


def sheet(exercises: ExerciseSet) -> str:
    """Return the page (MyST Markdown with sphinx-exercise directives) of an exercise set."""
    name = exercises.name
    table = "\n".join(
        f"| [{q.number}. {q.title}](#exercise-{name}-{q.number}) | {q.points} |" for q in exercises.questions
    )
    page = _PAGE.format(
        name=name,
        title=exercises.title,
        introduction=_from_book(exercises.introduction),
        table=table,
        points=exercises.points,
    )
    return page + "".join(_question(question, name) for question in exercises.questions)


def _question(question: Question, name: str) -> str:
    points = f"{question.points} point{'' if question.points == 1 else 's'}"
    given = "".join(_GIVEN.format(code=cell.source) for cell in question.cells["setup"])
    text = _QUESTION.format(
        name=name,
        number=question.number,
        title=question.title,
        points=points,
        text=_from_book(question.text) + ("\n" + given.rstrip("\n") if given else ""),
    )
    return text + (_HINT.format(hint=question.hint) if question.hint else "")


def _from_book(text: str) -> str:
    """Turn links that are right in exercises/ into links that are right in book/exercises/."""
    return re.sub(r"\]\(\.\./chapters/", "](../../chapters/", text)
