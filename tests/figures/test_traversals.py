"""A row of images a coordinate."""

import torch
from matplotlib.figure import Figure

from vae_course.figures import traversals


def test_one_coordinate_moves_and_the_others_stay():
    seen = []

    def decode(z):
        seen.append(z)
        return torch.sigmoid(z[:, :1]).expand(-1, 16)

    axes = Figure().subplots()
    traversals(decode, torch.tensor([0.5, -0.5, 0.1]), [2, 0], axes, span=1.0, columns=3)
    (z,) = seen
    assert z[:3].tolist() == torch.tensor([[0.5, -0.5, v] for v in (-1, 0, 1)]).tolist()
    assert z[3:].tolist() == torch.tensor([[v, -0.5, 0.1] for v in (-1, 0, 1)]).tolist()
    assert [label.get_text() for label in axes.get_yticklabels()] == ["$z_{3}$", "$z_{1}$"]
    assert axes.images[0].get_array().shape == (8, 12)
