"""Many models of one architecture as one computation: every tensor has a row for each of them.

`torch.func.vmap` runs the ordinary model and objective over that new first dimension. What it does is written down
once, as a plain list of operations on stacked tensors that contains the backward pass as well, and later steps only run
the list: the work of vmap itself is larger than the arithmetic of a small model.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributions import Distribution
from torch.func import functional_call, vmap
from torch.fx.experimental.proxy_tensor import make_fx
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from vae_course.objectives import Bound
from vae_course.training.batches import Rows
from vae_course.training.seeding import random_state
from vae_course.training.step import Whole


def stack(models: Sequence[nn.Module]) -> dict[str, Tensor]:
    """The parameters and buffers of all models by name, (models, ...); the models' own become views of the rows.

    Raises ValueError if the models are not of one architecture, or one comes twice.
    """
    tensors = [dict(model.named_parameters()) | dict(model.named_buffers()) for model in models]
    first = {name: (tensor.shape, tensor.requires_grad) for name, tensor in tensors[0].items()}
    for k, own in enumerate(tensors):
        if {name: (tensor.shape, tensor.requires_grad) for name, tensor in own.items()} != first:
            raise ValueError(f"models[{k}] has other parameters than models[0]; all must be built alike")
    if len({id(model) for model in models}) < len(models):
        raise ValueError("a model comes twice; build one for each member")
    stacked = {name: torch.stack([own[name].detach() for own in tensors]) for name in first}
    for k, own in enumerate(tensors):
        for name, tensor in own.items():
            tensor.data = stacked[name][k]
    return stacked


def separate(models: Sequence[nn.Module]) -> None:
    """Give each model memory of its own again."""
    for model in models:
        for tensor in (*model.parameters(), *model.buffers()):
            tensor.data = tensor.data.clone()


class StackedStep:
    """The terms of all members and their gradients, at the parameters as they are.

    Attributes:
        names: the objective's terms, after the first batch.
        wanted: shape and type of the normal numbers that the objective draws for one member, likewise.
        learned: names of the parameters that have gradients.
    """

    def __init__(
        self,
        model: nn.Module,
        objective: Callable[..., Bound],
        tensors: Mapping[str, Tensor],
        scalars: Mapping[str, Tensor],
    ) -> None:
        self.whole, self.tensors, self.scalars = Whole(model, objective), tensors, scalars
        self.learned = [name for name, parameter in model.named_parameters() if parameter.requires_grad]
        self.places = _places(self.whole, model)
        self.names: list[str] = []
        self.wanted: list[tuple[torch.Size, torch.dtype]] = []
        self.graph: Callable[..., tuple[Tensor, list[Tensor | None]]] | None = None

    def listen(self, x: Rows) -> None:
        """Run the objective for one member on its batch, to know its terms and the numbers that it draws.

        Raises ValueError if it draws others than standard normal ones.
        """

        def note(like: Tensor) -> Tensor:
            self.wanted.append((like.shape, like.dtype))
            return torch.zeros_like(like)

        device = next(self.whole.parameters()).device
        before = random_state(device)
        with torch.no_grad(), _Substitutes(note):
            bound = self.whole(x, **{name: values[0] for name, values in self.scalars.items()})
        if not all(map(torch.equal, before, random_state(device))):
            raise ValueError(
                "the objective or the model draws random numbers that are not standard normal (dropout, a "
                "permutation, a sampled label ...); such models are trained one after the other, by fit"
            )
        self.names = list(bound.terms)

    def __call__(self, x: Rows, noise: list[Tensor]) -> tuple[Tensor, list[Tensor | None]]:
        """Means over the batch of each term and the objective, (terms + 1, members), and the gradients as `learned`.

        Args:
            x: a batch for every member, (members, batch, ...).
            noise: for every entry of `wanted`, (members, *shape).
        """
        given = (dict(self.tensors), x, dict(self.scalars), noise)
        if self.graph is None:
            checks = Distribution._validate_args
            Distribution.set_default_validate_args(False)  # they branch on values, which differ by member
            try:
                self.graph = make_fx(lambda *tensors: self._step(*tensors))(*given)
            except RuntimeError as error:
                raise ValueError(
                    "the objective or the model cannot run for all members at once; if it branches on values, which "
                    "differ by member, train them by fit, one after the other"
                ) from error
            finally:
                Distribution.set_default_validate_args(checks)
        with torch.no_grad():
            return self.graph(*given)

    def _step(
        self, tensors: dict[str, Tensor], x: Rows, scalars: dict[str, Tensor], noise: list[Tensor]
    ) -> tuple[Tensor, list[Tensor | None]]:
        leaves = {name: t.detach().requires_grad_(name in self.learned) for name, t in tensors.items()}
        means = vmap(self._means)(leaves, x, scalars, noise)
        loss = -means[:, -1].sum()  # the members share no parameter: each has the gradient of its own mean
        wrt = [leaves[name] for name in self.learned]
        return means.T, torch.autograd.grad(loss, wrt, allow_unused=True)

    def _means(
        self, tensors: dict[str, Tensor], x: Rows, scalars: dict[str, Tensor], noise: list[Tensor]
    ) -> Tensor:
        """One member's terms and objective, (terms + 1,)."""
        given = iter(noise)
        with _Substitutes(lambda like: next(given)):
            own = {place: tensors[name] for place, name in self.places.items()}
            bound = functional_call(self.whole, own, (x,), scalars, tie_weights=False)
        return torch.stack([value.mean() for value in (*bound.terms.values(), bound.value)])


def _places(whole: nn.Module, model: nn.Module) -> dict[str, str]:
    """Where in `whole` each tensor of the model is used, by its first name: a layer or a tensor can have several uses.

    `functional_call` would find them by itself, but does not put back the tensors of a module that is used twice.
    """
    first = {id(tensor): name for name, tensor in (*model.named_parameters(), *model.named_buffers())}
    return {
        f"{path}.{name}": first[id(tensor)]
        for path, module in whole.named_modules()
        for name, tensor in (*module.named_parameters(recurse=False), *module.named_buffers(recurse=False))
    }


class _Substitutes(TorchFunctionMode):
    """Inside the block, standard normal numbers come from `draw(like)`, and some functions are kinder to vmap."""

    def __init__(self, draw: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.draw = draw

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if function in (Tensor.normal_, torch.randn_like) and len(args) == 1 and not kwargs:
            if function is Tensor.normal_:
                args[0].fill_(torch.nan)  # only what is returned holds the member's numbers
            return self.draw(args[0])
        if function is functional.linear and len(args) == 3 and args[2] is not None:
            return _Linear.apply(*args)
        if function is functional.binary_cross_entropy_with_logits and _settings(kwargs) == {
            "reduction": "none"
        }:
            logits, target = args  # the same in three operations; vmap takes the original apart into ten
            return functional.softplus(logits) - target * logits
        if function is functional.one_hot and len(args) == 2:  # the original looks at the labels
            return (args[0][..., None] == torch.arange(args[1], device=args[0].device)).long()
        return function(*args, **kwargs)


def _settings(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in kwargs.items() if value is not None}


class _Linear(torch.autograd.Function):
    """x W^T + b for one member; for all of them, one batched product. vmap alone needs twice the operations."""

    @staticmethod
    def forward(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        return functional.linear(x, weight, bias)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        pass

    @staticmethod
    def vmap(info: Any, in_dims: Any, *inputs: Tensor) -> tuple[Tensor, int]:
        members = [
            tensor.expand(info.batch_size, *tensor.shape) if dim is None else tensor.movedim(dim, 0)
            for tensor, dim in zip(inputs, in_dims, strict=True)
        ]
        return _StackedLinear.apply(*members), 0


class _StackedLinear(torch.autograd.Function):
    """x (members, ..., inputs), weight (members, outputs, inputs), bias (members, outputs)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        y = torch.baddbmm(bias[:, None], x.reshape(len(x), -1, x.shape[-1]), weight.mT)
        return y.view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor, Tensor]:
        x, weight = ctx.saved_tensors
        rows = grad.reshape(len(grad), -1, grad.shape[-1])
        to_x = torch.bmm(rows, weight).view(x.shape) if ctx.needs_input_grad[0] else None
        return to_x, torch.bmm(rows.mT, x.reshape(len(x), -1, x.shape[-1])), rows.sum(1)
