"""The same models trained by other loops: what people would pick instead of `fit`.

Each contender is a function (task, device) -> round, and `round()` trains `task.steps` steps and returns their seconds.
What a loop does once, before its first step, is not counted. The loops are written from the structure of the projects
that they are named after; Lightning, Pyro and pythae run themselves, as their own tutorials say.
"""

from __future__ import annotations

import logging
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset, TensorDataset

from vae_course.models import VAE, Bernoulli
from vae_course.nets import ConvDecoder, ConvGaussianEncoder, Decoder, GaussianEncoder
from vae_course.training.path import keep_memory

Round = Callable[[], float]
LR = 1e-3


@dataclass(frozen=True)
class Task:
    """One model on one set of images: `shape` (channels, height, width) of bytes, `batch_size` a step."""

    name: str
    shape: tuple[int, int, int]
    latent_dim: int
    batch_size: int
    steps: int

    @property
    def images(self) -> Tensor:
        """Bytes (N, data_dim), an epoch of them. What they show does not change how long a step takes."""
        size = (self.steps * self.batch_size, torch.Size(self.shape).numel())
        return torch.randint(0, 256, size, dtype=torch.uint8, generator=torch.Generator().manual_seed(0))

    def networks(self, seed: int = 0) -> tuple[nn.Module, nn.Module]:
        """Encoder to mean and logvar, decoder to logits."""
        torch.manual_seed(seed)
        if self.shape[0] * self.shape[1] * self.shape[2] == 784:
            return GaussianEncoder(784, [400], self.latent_dim), Decoder(self.latent_dim, [400], 784)
        wide, channels = [256, 256], [32] * 4  # Burgess et al. (2018)
        encoder = ConvGaussianEncoder(self.shape, channels, wide, self.latent_dim)
        return encoder, ConvDecoder(self.latent_dim, wide, channels, self.shape)

    def flops(self) -> float:
        """Multiplications and additions of the matrix products and convolutions of one training step."""
        encoder, decoder = self.networks()
        counted: list[int] = []

        def count(layer: nn.Module, inputs: tuple[Tensor], output: Tensor) -> None:
            places = inputs[0] if isinstance(layer, nn.ConvTranspose2d) else output
            forward = (
                2 * layer.weight.numel() * places.numel() // places.shape[-1 if places.dim() == 2 else 1]
            )
            counted.append(forward * (2 if not counted else 3))  # the first layer's input needs no gradient

        for layer in [*encoder.modules(), *decoder.modules()]:
            if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
                layer.register_forward_hook(count)
        decoder(encoder(torch.zeros(self.batch_size, torch.Size(self.shape).numel()))[0])
        return float(sum(counted))


DIGITS = Task("digits", (1, 28, 28), latent_dim=20, batch_size=128, steps=60)
SPRITES = Task("sprites", (1, 64, 64), latent_dim=10, batch_size=64, steps=12)


def timed(device: torch.device, work: Callable[[], object]) -> float:
    """Seconds that the work takes, on the device too."""
    began = time.perf_counter()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - began


# Ours.


def ours(task: Task, device: torch.device, **options: object) -> Round:
    from vae_course.objectives import elbo
    from vae_course.training import fit

    prepare = options.pop("prepare", lambda rows, _: rows / 255)
    model, images = VAE(*task.networks(), Bernoulli()).to(device), task.images.to(device)
    moments: list[float] = []  # when the steps began; the first ones, which fill memory, are not counted
    first, last = 3, 3 + task.steps

    def watched(rows: Tensor, generator: torch.Generator) -> Tensor:
        if device.type == "cuda" and len(moments) in (first, last):
            torch.cuda.synchronize()
        moments.append(time.perf_counter())
        return prepare(rows, generator)

    def train() -> float:
        moments.clear()
        settings = {"steps": last + 1, "batch_size": task.batch_size, "lr": LR, "prepare": watched}
        fit(model, elbo, images, **settings, **options)
        return moments[last] - moments[first]

    return train


def ours_binarized(task: Task, device: torch.device) -> Round:
    from vae_course.data import binarize

    return ours(task, device, prepare=binarize)


def ours_bf16(task: Task, device: torch.device) -> Round:
    return ours(task, device, precision="bf16")


def ours_compiled(task: Task, device: torch.device) -> Round:
    return ours(task, device, compile=True)


def ours_compiled_bf16(task: Task, device: torch.device) -> Round:
    return ours(task, device, compile=True, precision="bf16")


# The least that a step can be, with the setting of the allocator that `fit` has.


def by_hand(task: Task, device: torch.device) -> Round:
    """Every gradient of the fully connected VAE written down, and nothing recorded by autograd."""
    keep_memory()
    encoder, decoder = (part.to(device) for part in task.networks())
    parameters = [*encoder.parameters(), *decoder.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=LR, weight_decay=0.0, fused=True)
    W1, b1, W2, b2, W3, b3, W4, b4 = (p.detach() for p in parameters)
    images, size, dim = task.images.to(device), task.batch_size, task.latent_dim

    def step(rows: Tensor) -> Tensor:
        x = images.index_select(0, rows) / 255
        h = torch.addmm(b1, x, W1.T).relu_()
        mean, raw = torch.addmm(b2, h, W2.T).chunk(2, 1)
        bounded = torch.tanh(raw / 10)
        logvar, noise = 10 * bounded, torch.randn(size, dim, device=device)
        sigma = torch.exp(logvar / 2)
        z = mean + sigma * noise
        g = torch.addmm(b3, z, W3.T).relu_()
        logits = torch.addmm(b4, g, W4.T)
        reconstruction = functional.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(1)
        kl = (mean.square() + sigma.square() - 1 - logvar).sum(1) / 2

        d_logits = torch.sigmoid(logits).sub_(x).div_(size)
        d_g = (d_logits @ W4).mul_(g > 0)
        d_z = d_g @ W3
        d_logvar = d_z * noise * sigma / 2 + (sigma.square() - 1) / (2 * size)
        d_code = torch.cat([d_z + mean / size, d_logvar * (1 - bounded.square())], 1)
        d_h = (d_code @ W2).mul_(h > 0)
        outer = ((d_h, x), (d_code, h), (d_g, z), (d_logits, g))
        gradients = [value for delta, before in outer for value in (delta.T @ before, delta.sum(0))]
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
        optimizer.step()
        return torch.stack([reconstruction.mean(), kl.mean()])

    def train() -> float:
        def epoch() -> None:
            for rows in torch.randperm(len(images), device=device).split(size):
                step(rows)

        return timed(device, epoch)

    train.step, train.parameters = step, parameters
    return train


def products_alone(task: Task, device: torch.device) -> Round:
    """The matrix products of `by_hand`, and nothing between them."""
    keep_memory()
    n, d, k = task.batch_size, 784, task.latent_dim
    made = lambda *size: torch.randn(*size, device=device)  # noqa: E731
    x, h, z, code = made(n, d), made(n, 400), made(n, k), made(n, 2 * k)
    W1, W2, W3, W4 = made(400, d), made(2 * k, 400), made(400, k), made(d, 400)

    def epoch() -> None:
        for _ in range(task.steps):
            _ = x @ W1.T, h @ W2.T, z @ W3.T, h @ W4.T  # forward
            _ = x @ W4, h @ W3, code @ W2  # gradients of the layers' inputs
            _ = h.T @ x, code.T @ h, h.T @ z, x.T @ h  # gradients of the weights

    return lambda: timed(device, epoch)


def peak(task: Task, device: torch.device) -> Round:
    """Large square products of `task.flops()` a step: the machine's peak."""
    keep_memory()
    side = 1536
    left, right = torch.randn(side, side, device=device), torch.randn(side, side, device=device)
    times = max(4, round(task.flops() * task.steps / (2 * side**3)))

    def train() -> float:
        seconds = timed(device, lambda: [left @ right for _ in range(times)])
        return seconds * task.flops() * task.steps / (2 * side**3 * times)

    return train


# Loops in the style of well-known projects.


class PlainVAE(nn.Module):
    """Returns the logits or probabilities of a reconstruction, mean and logvar, as example code does."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        self.encoder, self.decoder = task.networks()

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mean, logvar = self.encoder(x.flatten(1))
        z = mean + torch.exp(0.5 * logvar) * torch.randn_like(mean)
        return torch.sigmoid(self.decoder(z)), mean, logvar


def negative_bound(p: Tensor, x: Tensor, mean: Tensor, logvar: Tensor) -> Tensor:
    cross_entropy = functional.binary_cross_entropy(p, x.flatten(1), reduction="sum")
    return cross_entropy - 0.5 * torch.sum(1 + logvar - mean.pow(2) - logvar.exp())


def loader(task: Task) -> DataLoader:
    return DataLoader(TensorDataset(task.images / 255), task.batch_size, shuffle=True)


def example_loop(task: Task, device: torch.device, batches: DataLoader) -> Round:
    model = PlainVAE(task).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=LR)

    def epoch() -> float:
        model.train()
        total = 0.0
        for (x,) in batches:
            x = x.to(device)
            optimizer.zero_grad()
            p, mean, logvar = model(x)
            loss = negative_bound(p, x, mean, logvar)
            loss.backward()
            total += loss.item()
            optimizer.step()
        return total

    return lambda: timed(device, epoch)


def pytorch_example(task: Task, device: torch.device) -> Round:
    """pytorch/examples with the images as one tensor of floats: a loader, and Adam in a loop over parameters."""
    return example_loop(task, device, loader(task))


class Pictures(Dataset):
    """One picture at a time, made a tensor when it is asked for, as the data sets of torchvision do."""

    def __init__(self, task: Task) -> None:
        self.images = task.images.view(-1, *task.shape[1:])

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor]:
        import numpy as np
        from PIL import Image

        picture = Image.fromarray(self.images[index].numpy())
        pixels = torch.from_numpy(np.array(picture, copy=True)).view(*picture.size[::-1], 1)
        return (pixels.permute(2, 0, 1).contiguous().to(torch.get_default_dtype()).div(255),)


def pytorch_example_pictures(task: Task, device: torch.device) -> Round:
    """pytorch/examples as shipped: every picture transformed by itself."""
    return example_loop(task, device, DataLoader(Pictures(task), task.batch_size, shuffle=True))


def disentangling_style(task: Task, device: torch.device) -> Round:
    """The loop of disentangling-vae: pictures one by one, sums by hand, and the loss read after each step."""
    from tqdm import trange

    model = PlainVAE(task).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=LR)
    batches = DataLoader(Pictures(task), task.batch_size, shuffle=True)

    def step(x: Tensor) -> float:
        x = x.to(device)
        p, mean, logvar = model(x)
        reconstruction = functional.binary_cross_entropy(p, x.flatten(1), reduction="sum") / len(x)
        by_dimension = 0.5 * (-1 - logvar + mean.pow(2) + logvar.exp()).mean(dim=0)
        loss = reconstruction + by_dimension.sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    def epoch() -> None:
        model.train()
        with trange(len(batches), leave=False) as bar:
            for (x,) in batches:
                bar.set_postfix(loss=step(x))
                bar.update()

    return lambda: timed(device, epoch)


# Libraries.


def with_pythae(task: Task, device: torch.device) -> Round:
    logging.disable(logging.INFO)
    from pythae import models
    from pythae.data.datasets import BaseDataset
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn import BaseDecoder, BaseEncoder
    from pythae.trainers import BaseTrainer, BaseTrainerConfig

    encoder, decoder = task.networks()

    class Encoder(BaseEncoder):
        def __init__(self) -> None:
            super().__init__()
            self.net = encoder

        def forward(self, x: Tensor) -> ModelOutput:
            mean, logvar = self.net(x.flatten(1))
            return ModelOutput(embedding=mean, log_covariance=logvar)

    class Reconstruction(BaseDecoder):
        def __init__(self) -> None:
            super().__init__()
            self.net = decoder

        def forward(self, z: Tensor) -> ModelOutput:
            return ModelOutput(reconstruction=torch.sigmoid(self.net(z)).view(-1, *task.shape))

    x = (task.images / 255).view(-1, *task.shape)
    config = models.VAEConfig(input_dim=task.shape, latent_dim=task.latent_dim, reconstruction_loss="bce")
    trainer = BaseTrainer(
        models.VAE(config, Encoder(), Reconstruction()),
        train_dataset=BaseDataset(x, torch.zeros(len(x))),
        training_config=BaseTrainerConfig(
            output_dir=tempfile.mkdtemp(),
            per_device_train_batch_size=task.batch_size,
            learning_rate=LR,
        ),
    )
    trainer.prepare_training()
    return lambda: timed(device, lambda: trainer.train_step(1))


def with_lightning(task: Task, device: torch.device, **options: object) -> Round:
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore")
    import lightning

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.vae = PlainVAE(task)

        def training_step(self, batch: tuple[Tensor], index: int) -> Tensor:
            p, mean, logvar = self.vae(batch[0])
            return negative_bound(p, batch[0], mean, logvar) / len(batch[0])

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.Adam(self.parameters(), lr=LR)

    class Watch(lightning.Callback):
        began = seconds = 0.0

        def on_train_epoch_start(self, *_: object) -> None:
            self.began = time.perf_counter()

        def on_train_epoch_end(self, *_: object) -> None:
            if device.type == "cuda":
                torch.cuda.synchronize()
            self.seconds = time.perf_counter() - self.began

    module, watch, batches = Module(), Watch(), loader(task)
    silent = ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary")

    def train() -> float:
        trainer = lightning.Trainer(
            max_epochs=1,
            accelerator=device.type,
            devices=1,
            callbacks=[watch],
            **dict.fromkeys(silent, False),
            **options,
        )
        trainer.fit(module, batches)
        return watch.seconds

    return train


def with_lightning_bf16(task: Task, device: torch.device) -> Round:
    return with_lightning(task, device, precision="bf16-mixed")


def with_pyro(task: Task, device: torch.device) -> Round:
    import pyro
    import pyro.distributions as dist
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam

    encoder, decoder = (part.to(device) for part in task.networks())
    batches = loader(task)

    def model(x: Tensor) -> None:
        pyro.module("decoder", decoder)
        with pyro.plate("data", len(x)):
            origin = x.new_zeros(len(x), task.latent_dim)
            z = pyro.sample("z", dist.Normal(origin, torch.ones_like(origin)).to_event(1))
            pyro.sample("x", dist.Bernoulli(logits=decoder(z), validate_args=False).to_event(1), obs=x)

    def guide(x: Tensor) -> None:
        pyro.module("encoder", encoder)
        with pyro.plate("data", len(x)):
            mean, logvar = encoder(x)
            pyro.sample("z", dist.Normal(mean, torch.exp(logvar / 2)).to_event(1))

    inference = SVI(model, guide, Adam({"lr": LR}), loss=Trace_ELBO())

    def epoch() -> float:
        return sum(inference.step(x.to(device)) for (x,) in batches)

    return lambda: timed(device, epoch)


CONTENDERS: dict[str, tuple[Task, dict[str, Callable[[Task, torch.device], Round]]]] = {
    "digits": (
        DIGITS,
        {
            "ours": ours,
            "ours, dynamic binarization": ours_binarized,
            "ours, compiled": ours_compiled,
            "ours, bf16": ours_bf16,
            "ours, compiled, bf16": ours_compiled_bf16,
            "gradients by hand": by_hand,
            "matrix products alone": products_alone,
            "pytorch/examples, one tensor": pytorch_example,
            "pytorch/examples, pictures": pytorch_example_pictures,
            "pythae": with_pythae,
            "Lightning": with_lightning,
            "Lightning, bf16": with_lightning_bf16,
            "Pyro": with_pyro,
            "peak": peak,
        },
    ),
    "sprites": (
        SPRITES,
        {
            "ours": ours,
            "ours, compiled": ours_compiled,
            "ours, bf16": ours_bf16,
            "ours, compiled, bf16": ours_compiled_bf16,
            "disentangling-vae": disentangling_style,
            "pythae": with_pythae,
            "Lightning": with_lightning,
            "Lightning, bf16": with_lightning_bf16,
            "peak": peak,
        },
    ),
}
