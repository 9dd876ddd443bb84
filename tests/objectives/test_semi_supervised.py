"""The bounds of M2, against quadrature over z and the sum over y."""

import pytest
import torch

from tests.models.test_m2 import small_m2
from vae_course.objectives import semi_supervised


def integrals(model, x):
    """log p(x, y) for every y, (classes, batch), and KL(q(z | x, y) || p(z | x, y)), by quadrature over one z."""
    z = torch.linspace(-9, 9, 1801).double()[:, None, None]  # (points, 1, 1)
    step = 0.01
    log_p_xy, kl = [], []
    for y in range(model.classes):
        label = torch.full((len(x),), y)
        log_joint = (
            model.p_x(label, z.expand(-1, len(x), 1)).log_prob(x)
            + model.p_z().log_prob(z.expand(-1, len(x), 1))
            + model.p_y().logits[y]
        )
        log_q = model.q_z(x, label).log_prob(z.expand(-1, len(x), 1))
        total = (log_joint.exp().sum(0) * step).log()
        log_p_xy.append(total)
        kl.append(((log_q - (log_joint - total)) * log_q.exp()).sum(0) * step)
    return torch.stack(log_p_xy), torch.stack(kl)


@pytest.fixture(scope="module")
def exact():
    model = small_m2(latent_dim=1).double()
    torch.manual_seed(0)
    x = torch.bernoulli(torch.full((4, 6), 0.5)).double()
    with torch.no_grad():
        log_p_xy, kl = integrals(model, x)
    return model, x, log_p_xy, kl


def mean_value(model, x, y, draws: int = 4000) -> torch.Tensor:
    torch.manual_seed(1)
    batch = {"x": x.repeat(draws, 1), "y": y.repeat(draws)}
    with torch.no_grad():
        bound = semi_supervised(model, batch, classification=0.0)
    return bound.value.view(draws, -1).mean(0)


def test_labelled_bound_plus_gap_is_log_p_x_y(exact):
    model, x, log_p_xy, kl = exact
    y = torch.tensor([0, 2, 1, 1])
    rows = torch.arange(4)
    assert torch.allclose(mean_value(model, x, y) + kl[y, rows], log_p_xy[y, rows], atol=0.02)


def test_unlabelled_bound_plus_gap_is_log_p_x(exact):
    model, x, log_p_xy, kl = exact
    log_p_x = log_p_xy.logsumexp(0)
    q_y = model.q_y(x).probs.T.detach()
    gap = (q_y * (q_y.log() - (log_p_xy - log_p_x) + kl)).sum(0)  # KL(q(y, z | x) || p(y, z | x))
    unknown = torch.full((4,), -1)
    assert torch.allclose(mean_value(model, x, unknown) + gap, log_p_x, atol=0.02)


def test_classification_counts_for_labelled_examples_only(exact):
    model, x, *_ = exact
    y = torch.tensor([0, -1, 1, -1])
    bound = semi_supervised(model, {"x": x, "y": y}, classification=7.0)
    log_q = model.q_y(x).probs.log()
    assert torch.allclose(
        bound.terms["classification"],
        torch.stack([-log_q[0, 0], log_q[1, 0] * 0, -log_q[2, 1], log_q[3, 0] * 0]),
    )
    costs = bound.terms["kl"] + bound.terms["label"] + 7 * bound.terms["classification"]
    assert torch.allclose(bound.value, bound.terms["reconstruction"] - costs)


def test_the_classifier_learns_from_unlabelled_examples_too(exact):
    model, x, *_ = exact
    model.zero_grad()
    semi_supervised(model, {"x": x, "y": torch.full((4,), -1)}, classification=0.0).value.sum().backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in model.classifier.parameters())
