"""Train and evaluate a cross-modal VAE on RHD or STB, in a folder of yours, as Spurr et al. (2018) do.

    python -m vae_course.recipes.hand_protocol rhd /data/RHD_published_v2           both, on a GPU if there is one
    python -m vae_course.recipes.hand_protocol stb /data/STB --steps 100000
    python -m vae_course.recipes.hand_protocol rhd /data/RHD_published_v2 --steps 0    evaluates only

Crops of 256 x 256 pixels around the hand, turned and mirrored at random with their labels; targets relative to the palm
and divided by the length of the middle finger's proximal phalanx; a latent space of 30 dimensions; the hand's side goes
into the encoder. Pairs: photograph to 3-D, photograph to 2-D, 3-D to 3-D. Evaluated on all visible joints, by the
true scale, with nothing fitted: EPE, median, PCK and the area under it from 20 to 50 mm.

Where the published text leaves something open (learning rate, weights, number of steps), what stands here is this
project's choice. Nobody has run it on the real sets here: it is tested on made-up folders of their formats only.
A training that is interrupted goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save
from torch import Tensor, nn

from vae_course.data import DataError
from vae_course.data.real_hands import RHD, STB, augment, prepare
from vae_course.evaluation.hands import THRESHOLDS, root_relative_errors
from vae_course.files import write_whole
from vae_course.models import CrossModalVAE, Gaussian
from vae_course.nets import Decoder, GaussianEncoder
from vae_course.nets.mlp import mean_and_logvar
from vae_course.objectives import cross_modal
from vae_course.training import fit

LATENT_DIM = 30
PAIRS = [("rgb", "joints_3d"), ("rgb", "joints_2d"), ("joints_3d", "joints_3d")]


class Residual(nn.Module):
    """Two convolutions and a way around them (He et al., 2016)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.around = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.around = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.body(x) + self.around(x))


class PhotographEncoder(nn.Module):
    """A residual network of 18 layers, and the side of the hand: (batch, 3 * size * size + 2) -> mean and logvar.

    Args:
        size: height and width of the crops.
        width: channels of the first stage; 64 in the paper's network.
    """

    def __init__(self, size: int, width: int = 64) -> None:
        super().__init__()
        self.size = size
        stages = [width, width, 2 * width, 4 * width, 8 * width]
        layers: list[nn.Module] = [
            nn.Conv2d(3, width, 7, 2, 3, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.MaxPool2d(3, 2, 1),
        ]
        for k, (inputs, outputs) in enumerate(pairwise(stages)):
            layers += [Residual(inputs, outputs, 1 if k == 0 else 2), Residual(outputs, outputs, 1)]
        self.body = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.head = nn.Linear(stages[-1] + 2, 2 * LATENT_DIM)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        image, side = x[:, :-2], x[:, -2:]
        features = self.body(image.view(-1, 3, self.size, self.size))
        return mean_and_logvar(self.head(torch.cat([features, side], 1)))


def new_model(size: int, width: int = 64, seed: int = 0) -> CrossModalVAE:
    """Photograph and 3-D joints in, 2-D and 3-D joints out; 2-D joints in [-1, 1], 3-D joints without unit."""
    torch.manual_seed(seed)
    return CrossModalVAE(
        {"rgb": PhotographEncoder(size, width), "joints_3d": GaussianEncoder(63, [512] * 3, LATENT_DIM)},
        {name: Decoder(LATENT_DIM, [512] * 3, dim) for name, dim in (("joints_2d", 42), ("joints_3d", 63))},
        {name: Gaussian(0.1) for name in ("joints_2d", "joints_3d")},
        LATENT_DIM,
    )


class Reader:
    """Batches of a data set by their row numbers, read by several threads."""

    def __init__(self, data: RHD | STB, size: int, device: torch.device) -> None:
        self.data, self.size, self.device = data, size, device
        self.threads = ThreadPoolExecutor(min(8, os.cpu_count() or 1))

    def prepared(self, rows: Sequence[int]):
        """The prepared hands of the rows, and the samples they come from."""
        samples = list(self.threads.map(self.data.__getitem__, rows))
        return prepare(samples, self.size), samples

    def batch(self, rows: Tensor, generator: torch.Generator) -> dict[str, Tensor]:
        """A training batch, turned and mirrored; `fit` takes this as `prepare`."""
        hands, _ = self.prepared(rows.tolist())
        seed = int(torch.randint(2**31, (), generator=generator, device=generator.device))
        hands = augment(hands, generator=torch.Generator().manual_seed(seed))
        batch = {
            "rgb": torch.cat([hands.images.flatten(1), hands.side], 1),
            "joints_2d": (2 * hands.joints_2d / self.size - 1).flatten(1),
            "joints_3d": hands.joints_3d.flatten(1),
        }
        return {name: tensor.to(self.device) for name, tensor in batch.items()}


@torch.no_grad()
def evaluate(model: CrossModalVAE, reader: Reader, chunk: int = 64) -> dict[str, Any]:
    """EPE, median, PCK and AUC of photograph to 3-D over a whole data set, by the paper's protocol."""
    model.eval()
    columns: list[list[Tensor]] = [[], [], [], []]
    for rows in torch.arange(len(reader.data)).split(chunk):
        hands, samples = reader.prepared(rows.tolist())
        x = torch.cat([hands.images.flatten(1), hands.side], 1).to(reader.device)
        predicted = model.p_x(model.q_z(x, "rgb").mean, "joints_3d").mean.view(-1, 21, 3).cpu()
        new = (
            predicted,
            torch.stack([sample.joints_3d for sample in samples]),
            torch.stack([sample.visible for sample in samples]),
            hands.scale,
        )
        for column, values in zip(columns, new, strict=True):
            column.append(values)
    found = root_relative_errors(*(torch.cat(column) for column in columns))
    return {
        "examples": len(reader.data),
        "epe_mm": found.mean,
        "median_mm": found.median,
        "auc_20_50": found.auc(THRESHOLDS[8:]),
        "pck": found.pck().tolist(),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("set", choices=["rhd", "stb"])
    parser.add_argument("folder", type=Path, help="RHD_published_v2, or the folder with STB's labels")
    parser.add_argument("--steps", type=int, default=100_000, help="0: evaluate only")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--lr", type=float, default=1e-4)
    parser.add_argument("--size", type=int, default=256, help="side of the crops")
    parser.add_argument("--width", type=int, default=64, help="channels of the first stage")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--weights", type=Path, help="where weights go, or come from with --steps 0")
    options = parser.parse_args(arguments)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    weights = options.weights or Path(".runs") / f"{options.set}.safetensors"
    Set = {"rhd": RHD, "stb": STB}[options.set]
    model = new_model(options.size, options.width, options.seed).to(device)
    try:
        if options.steps:
            weights.parent.mkdir(parents=True, exist_ok=True)
            reader = Reader(Set(options.folder, "training"), options.size, device)
            fit(
                model,
                lambda m, batch: cross_modal(m, batch, PAIRS),
                torch.arange(len(reader.data)),
                steps=options.steps,
                batch_size=options.batch,
                lr=options.lr,
                seed=options.seed,
                prepare=reader.batch,
                checkpoint=weights.with_suffix(".checkpoint"),
                interval=min(500, options.steps),
            )
            write_whole({weights: save(model.cpu().state_dict())})
            model.to(device)
        elif not weights.exists():
            raise DataError(f"{weights} does not exist: train first, or name the file with --weights")
        else:
            model.load_state_dict(load_file(weights, device.type))
        figures = evaluate(model, Reader(Set(options.folder, "evaluation"), options.size, device))
    except DataError as error:
        print(error, file=sys.stderr)
        return 1
    settings = {
        name: getattr(options, name) for name in ("set", "steps", "batch", "lr", "size", "width", "seed")
    }
    report = settings | {"device": device.type} | figures
    write_whole({weights.with_suffix(".json"): json.dumps(report, indent=1) + "\n"})
    print(
        f"EPE {figures['epe_mm']:.2f} mm, median {figures['median_mm']:.2f} mm, AUC 20-50 {figures['auc_20_50']:.3f}"
    )
    print(f"wrote {weights} and {weights.with_suffix('.json')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
