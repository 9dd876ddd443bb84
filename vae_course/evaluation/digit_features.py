"""A small classifier of digits, whose features measure the quality of samples.

Distances between pixels say little about how a digit looks. Distances between the features of a network that
tells digits apart say more, as those of an ImageNet network do for photographs (Heusel et al., 2017). But a
network that has seen nothing but digits gives noise the features of some digit: this one learns noise, too.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from vae_course.data import Split
from vae_course.weights import load_weights

WEIGHTS = "digit-features"
"""Name of the shipped weights."""

NOISY = 10
"""The label of an image that is more noise than digit."""


class DigitClassifier(nn.Module):
    """Grey images of 28 x 28 pixels in [0, 1] -> 64 features -> logits of the ten digits and of noise.

    Images are (N, 784) or (N, 28, 28), floating point; anything else raises ValueError.
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs in ((1, 16), (16, 32), (32, 64)):
            layers += [nn.Conv2d(inputs, outputs, kernel_size=3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        self.conv = nn.Sequential(*layers)  # sides 28, 14, 7, 3
        self.dense = nn.Linear(64 * 3 * 3, 64)
        self.head = nn.Linear(64, 11)

    def features(self, images: Tensor) -> Tensor:
        """What the last layer sees, (N, 64), not negative."""
        if images.shape[1:] not in ((784,), (28, 28)) or not images.is_floating_point():
            raise ValueError(
                f"images must be floating point in [0, 1], (N, 784) or (N, 28, 28), "
                f"not {images.dtype} {tuple(images.shape)}; bytes are to be divided by 255"
            )
        return functional.relu(self.dense(self.conv(images.reshape(-1, 1, 28, 28)).flatten(1)))

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.features(images))


def digit_classifier(device: torch.device | str = "cpu") -> DigitClassifier:
    """The classifier with its shipped weights, in evaluation mode; `vae-course train` makes them again."""
    return load_weights(WEIGHTS, DigitClassifier()).to(device).eval()


@torch.no_grad()
def accuracy(model: DigitClassifier, data: Split) -> float:
    """The fraction of digits whose label the classifier finds; to call a digit noise is an error too."""
    return (model(data.images.float() / 255).argmax(1) == data.labels).double().mean().item()
