"""Eight photographs of the sign-language digits that come with the library."""

from pathlib import Path

import numpy as np
import torch

from vae_course.data.real_hands.sign_language import SignLanguageSplit

PHOTOGRAPHS = Path(__file__).with_name("photographs.npz")
"""Where they lie; photographs.md beside it says whose they are."""


def example_photographs() -> SignLanguageSplit:
    """Eight photographs of the test persons, (8, 3, 64, 64), for readers without the data set (Mavi, 2020; Apache-2.0).

    They were chosen at equal steps of the error of the model that the library ships, from good to bad. Their joints
    are pseudo-labels, as in `load_sign_language`.
    """
    with np.load(PHOTOGRAPHS, allow_pickle=False) as arrays:
        return SignLanguageSplit(**{name: torch.from_numpy(arrays[name]) for name in arrays.files})
