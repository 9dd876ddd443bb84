"""Which output depends on which input."""

import pytest
import torch

from vae_course.nets import AutoregressiveNet


def dependence(net: AutoregressiveNet, dim: int) -> torch.Tensor:
    """Whether m_i or s_i moves with z_j, bool (dim, dim), over many points."""
    context = torch.randn(64, 3)
    z = torch.randn(64, dim, requires_grad=True)
    m, s = net(z, context)
    rows = []
    for i in range(dim):
        (gradient,) = torch.autograd.grad((m[:, i] + 3 * s[:, i]).sum(), z, retain_graph=True)
        rows.append(gradient.abs().sum(0) > 0)
    return torch.stack(rows)


@pytest.mark.parametrize("dim", [1, 2, 5])
@pytest.mark.parametrize("reverse", [False, True])
def test_an_output_sees_all_variables_before_it_and_no_other(dim, reverse):
    torch.manual_seed(0)
    net = AutoregressiveNet(dim, 3, 32, reverse=reverse)
    before = torch.ones(dim, dim).triu(1).bool() if reverse else torch.ones(dim, dim).tril(-1).bool()
    assert torch.equal(dependence(net, dim), before)


def test_every_output_sees_the_context():
    torch.manual_seed(0)
    net = AutoregressiveNet(4, 3, 32, reverse=False)
    context = torch.randn(64, 3, requires_grad=True)
    m, _ = net(torch.randn(64, 4), context)
    for i in range(1, 4):
        (gradient,) = torch.autograd.grad(m[:, i].sum(), context, retain_graph=True)
        assert (gradient.abs().sum(0) > 0).all()


def test_a_net_that_would_lose_dependences_is_refused():
    with pytest.raises(ValueError, match="at least dim - 1 = 9"):
        AutoregressiveNet(10, 1, 8, reverse=False)
