"""The README shows and says what was measured."""

import json
import re
from pathlib import Path

from tools import readme_picture

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
RESULTS = json.loads((ROOT / "chapters/results/04-digits.json").read_text())["results"]


def test_the_picture_is_the_one_that_the_chapter_drew():
    assert readme_picture.PICTURE.read_bytes() == readme_picture.drawn()


def test_the_figures_are_the_measured_ones():
    elbo, log_p = re.search(r"ELBO of (-\d+\.\d) nats.*?log p\(x\) of (-\d+\.\d)", README, re.S).groups()
    assert elbo == f"{RESULTS['elbo_nats']:.1f}"
    assert log_p == f"{RESULTS['log_likelihood_nats']:.1f}"


def test_local_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


def test_it_fits_on_one_screen():
    assert len(README.splitlines()) <= 50
