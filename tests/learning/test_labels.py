"""M2 and M1+M2 use digits without labels: they classify better than a network that sees the labelled ones alone."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from vae_course.models import M1M2, M2, VAE, Bernoulli, Gaussian
from vae_course.nets import Decoder, Encoder, GaussianEncoder, mlp
from vae_course.objectives import UNLABELLED, elbo, semi_supervised
from vae_course.training import fit

from .digits import digits

pytestmark = pytest.mark.xdist_group("labels")


class Task:
    """Some labels of each digit are known; a classifier is judged on all other digits, seen without label or not."""

    def __init__(self, per_class: int) -> None:
        x, y, test, test_y = digits()
        known = torch.cat([(y == digit).nonzero().squeeze(1)[:per_class] for digit in range(10)])
        self.x, self.y = x[known], y[known]
        partly = torch.full_like(y, UNLABELLED)
        partly[known] = self.y
        repeats = 1000 // len(known)  # so that every batch has labelled digits
        self.data = {
            "x": torch.cat([x, self.x.repeat(repeats, 1)]),
            "y": torch.cat([partly, self.y.repeat(repeats)]),
        }
        hidden = partly == UNLABELLED
        self.rest, self.rest_y = torch.cat([x[hidden], test]), torch.cat([y[hidden], test_y])

    @torch.no_grad()
    def accuracy(self, logits) -> float:
        return (logits(self.rest).argmax(1) == self.rest_y).double().mean().item()

    def supervised(self) -> float:
        """The baseline: the same classifier trained on the labelled digits alone."""
        torch.manual_seed(0)
        net = mlp([784, 128, 10])
        optimizer = torch.optim.AdamW(net.parameters(), 1e-3, weight_decay=1e-3)
        for _ in range(200):
            optimizer.zero_grad()
            cross_entropy(net(self.x), self.y).backward()
            optimizer.step()
        return self.accuracy(net)


def m2(data_dim: int, hidden: int, latent_dim: int, likelihood: nn.Module) -> M2:
    torch.manual_seed(0)
    return M2(
        Encoder(data_dim, [hidden], 10),
        GaussianEncoder(data_dim + 10, [hidden], latent_dim),
        Decoder(latent_dim + 10, [hidden], data_dim),
        likelihood,
        classes=10,
    )


def logits(model) -> callable:
    return lambda x: model.q_y(x).logits


def trained_m2(task: Task, classification: float) -> float:
    model = m2(784, 128, 8, Bernoulli())
    fit(
        model,
        lambda m, batch: semi_supervised(m, batch, classification=classification),
        task.data,
        steps=400,
        batch_size=100,
        lr=3e-3,
    )
    return task.accuracy(logits(model))


def test_m2_with_the_classifier_loss_beats_the_supervised_baseline_and_without_it_fails():
    task = Task(per_class=10)
    baseline = task.supervised()
    assert trained_m2(task, classification=20.0) > baseline + 0.015
    assert trained_m2(task, classification=0.0) < 0.5


def test_the_stack_learns_digits_from_three_labels_each():
    task = Task(per_class=3)
    torch.manual_seed(0)
    m1 = VAE(GaussianEncoder(784, [128], 16), Decoder(16, [128], 784), Bernoulli())
    fit(m1, elbo, digits()[0], steps=800, batch_size=100, lr=3e-3)
    stack = M1M2(m1, m2(16, 64, 8, Gaussian(1.0)))

    def codes(batch: dict[str, Tensor], generator: torch.Generator) -> dict[str, Tensor]:
        return {"x": stack.features(batch["x"]), "y": batch["y"]}

    fit(
        stack.m2,
        lambda m, batch: semi_supervised(m, batch, classification=5.0),
        task.data,
        steps=800,
        batch_size=100,
        lr=2e-3,
        prepare=codes,
    )
    assert task.accuracy(logits(stack)) > task.supervised() + 0.05
