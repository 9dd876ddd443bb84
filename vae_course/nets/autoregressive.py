"""A network whose i-th output sees only the inputs before the i-th (MADE; Germain et al., 2015)."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class MaskedLinear(nn.Linear):
    """A linear layer in which some connections are cut; `mask` is (outputs, inputs), 1 where one is kept."""

    def __init__(self, mask: Tensor) -> None:
        super().__init__(mask.shape[1], mask.shape[0])
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return functional.linear(x, self.mask * self.weight, self.bias)


class AutoregressiveNet(nn.Module):
    """Two outputs per variable, (..., dim) and context (..., context_dim) -> m, s, each (..., dim).

    m_i and s_i depend on z_1 ... z_{i-1} and on the context, or, if `reverse`, on z_{i+1} ... z_dim.

    Args:
        dim: number of variables.
        context_dim: size of the context, which every output sees.
        hidden: width of the two hidden layers; at least dim - 1, so that no dependence is lost.
        reverse: whether the order of the variables is turned round.

    Raises ValueError if `hidden` is too narrow.
    """

    def __init__(self, dim: int, context_dim: int, hidden: int, *, reverse: bool) -> None:
        super().__init__()
        if hidden < dim - 1:
            raise ValueError(f"hidden must be at least dim - 1 = {dim - 1}, not {hidden}")
        order = torch.arange(1, dim + 1)
        order = order.flip(0) if reverse else order
        # A hidden unit of degree d sees the variables up to the d-th; an output sees units of smaller degree.
        degree = torch.arange(hidden) % max(1, dim - 1) + 1
        self.first = MaskedLinear((degree[:, None] >= order).float())
        self.context = nn.Linear(context_dim, hidden, bias=False)
        self.second = MaskedLinear((degree[:, None] >= degree).float())
        self.last = MaskedLinear((order[:, None] > degree).float().repeat(2, 1))

    def forward(self, z: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        hidden = torch.relu(self.first(z) + self.context(context))
        return self.last(torch.relu(self.second(hidden))).chunk(2, dim=-1)
