"""Where a kernel runs, Python itself can follow the sliders: any function of z, drawn by matplotlib or printed.

The explorers of the book need no kernel. These sliders do, and stay still in the built book, so chapters do not show
them; they are for a reader who has opened a notebook and asks something that no page foresaw.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from vae_course.extras import require


def latent_sliders(latent_dim: int, show: Callable[[Tensor], None], *, limit: float = 3.0) -> Any:
    """Sliders for a latent vector, and below them what a function shows of it, anew at every change.

    The value of the returned widget's `children` are the sliders in order and an `Output`; display the widget by
    making it a cell's last value:

        latent_sliders(2, lambda z: plt.imshow(model.decoder(z).sigmoid().view(28, 28)) and plt.show())

    Args:
        latent_dim: number of sliders.
        show: called with z (1, latent_dim), at the start and at every change; what it prints or plots appears.
        limit: sliders go from -limit to limit.

    Raises MissingExtraError if ipywidgets is not installed.
    """
    widgets = require("ipywidgets")
    sliders = [
        widgets.FloatSlider(value=0.0, min=-limit, max=limit, step=0.05, description=f"z_{i + 1}")
        for i in range(latent_dim)
    ]
    output = widgets.Output()

    def follow(change: object = None) -> None:
        output.clear_output(wait=True)
        with output, torch.no_grad():
            show(torch.tensor([[slider.value for slider in sliders]]))

    for slider in sliders:
        slider.observe(follow, names="value")
    follow()
    return widgets.VBox([*sliders, output])
