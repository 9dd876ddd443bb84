"""A GPU that is not there: part of the CPU's memory, kept apart as the memory of a device is.

Inside `pretended()`, torch says that there is a CUDA device. A tensor on it is an ordinary tensor whose memory is
marked. The mark goes from what an operation reads to what it writes; `to`, `cpu` and `cuda` change it, with a copy.
What CUDA refuses is refused here as well: an operation on tensors of both devices, a generator of the other device, a
tensor that NumPy is to read. So code that runs here keeps its devices apart. It also counts the operations for which
the processor would wait until the GPU has done everything before. How a GPU rounds, how fast it is and how much it
holds is not shown.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.nn.utils import clip_grad
from torch.optim import optimizer
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

CUDA = torch.device("cuda", 0)
aten = torch.ops.aten
WAITING = {aten._local_scalar_dense, aten.equal, aten.nonzero, aten.masked_select}
"""Operations whose result Python has to know."""
functorch = torch._C._functorch


class Marks:
    """Whose memory is the GPU's. It forgets memory that is gone, whose address another tensor may have by then."""

    def __init__(self) -> None:
        self.waits: Counter[str] = Counter()  # by the name of what is waited for
        self.marked: dict[int, StorageWeakRef] = {}
        self.limit = 10_000

    def __contains__(self, tensor: Tensor) -> bool:
        return (key := _address(tensor)) in self.marked and not self.marked[key].expired()

    def put(self, tensor: Tensor, here: bool = True) -> None:
        """The tensor's memory is the GPU's from now on, or no longer."""
        if not here:
            self.marked.pop(_address(tensor), None)
        elif tensor not in self:
            self.marked[_address(tensor)] = StorageWeakRef(_memory(tensor))
            if len(self.marked) > self.limit:
                self.marked = {key: own for key, own in self.marked.items() if not own.expired()}
                self.limit = 2 * len(self.marked) + 10_000


MARKS = Marks()
"""One for all, because what was moved once may be kept in a cache and used again."""


def _memory(tensor: Tensor) -> torch.UntypedStorage:
    while functorch.is_functorch_wrapped_tensor(tensor):  # one member's, or one under a derivative
        tensor = functorch.get_unwrapped(tensor)
    return tensor.untyped_storage()


def _address(tensor: Tensor) -> int:
    return _memory(tensor)._cdata


def _tensors(*values: Any) -> list[Tensor]:
    return [leaf for leaf in tree_leaves(values) if isinstance(leaf, Tensor)]


class Operations(TorchDispatchMode):
    """Marks what operations write, and refuses those that read from both devices, in backward passes as well."""

    def __init__(self, marks: Marks) -> None:
        super().__init__()
        self.marks = marks
        self.anywhere = Marks()
        self.asked_with_gpu = False

    def __torch_dispatch__(self, operation: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        with torch._C.DisableTorchFunction():
            given, packet = _tensors(args, kwargs), operation.overloadpacket
            together = [
                tensor for tensor in self._strict(packet, args, kwargs) if tensor not in self.anywhere
            ]
            if any(tensor in self.marks for tensor in together):
                for tensor in together:
                    number = tensor.dim() == 0 and packet not in (aten.cat, aten.stack)  # it may be the CPU's
                    if tensor not in self.marks and not number:
                        raise RuntimeError(
                            f"{operation}: expected all tensors to be on the same device, but found cuda:0 and cpu"
                        )
            here = any(tensor in self.marks for tensor in given)
            across = packet is aten.copy_ and (args[0] in self.marks) != (args[1] in self.marks)
            if (packet in WAITING and here) or (across and args[1].dim() > 0):
                self.marks.waits[str(packet)] += 1
            result = operation(*args, **kwargs)
            if not given and self.asked_with_gpu:
                # made inside an operation, or by autograd, on the device of a tensor's memory, which is the CPU
                for tensor in _tensors(result):
                    self.anywhere.put(tensor)
            elif here and packet is not aten.copy_:
                for tensor in _tensors(result):
                    self.marks.put(tensor)
            return result

    def _strict(self, packet: Any, args: Any, kwargs: Any) -> list[Tensor]:
        """The tensors that must be on one device: a copy goes anywhere, and a GPU's rows may be picked by the CPU."""
        if packet is aten.copy_:
            return []
        if (
            packet in (aten.index, aten.index_put, aten.index_put_, aten._index_put_impl_)
            and args[0] in self.marks
        ):
            return _tensors(args[0], args[2:], kwargs)
        return _tensors(args, kwargs)


class Move(torch.autograd.Function):
    """A copy on the other device; the gradient comes back to where the tensor was."""

    @staticmethod
    def forward(ctx: Any, tensor: Tensor, marks: Marks) -> Tensor:
        ctx.marks, ctx.here = marks, tensor in marks
        copy = tensor.clone()
        marks.put(copy, not ctx.here)
        marks.waits["a copy to the other device"] += 1
        return copy

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        copy = grad.clone()
        ctx.marks.put(copy, ctx.here)
        return copy, None


class Calls(TorchFunctionMode):
    """What Python sees of a tensor's device, and the ways to choose one."""

    def __init__(self, operations: Operations) -> None:
        super().__init__()
        self.operations, self.marks = operations, operations.marks

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        first = args[0] if args and isinstance(args[0], Tensor) else None
        here = first is not None and first in self.marks
        if function == Tensor.device.__get__:
            return CUDA if here else function(*args)
        if function == Tensor.is_cuda.__get__:
            return here
        if function in (Tensor.numpy, Tensor.__array__) and here:
            raise TypeError("can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() first.")
        if (
            function in (Tensor.to, Tensor.cpu, Tensor.cuda, torch.as_tensor, torch.asarray)
            and first is not None
        ):
            return self._moved(function, first, args[1:], kwargs)
        target = kwargs.get("device")
        self._check_generator(kwargs.get("generator"), here if target is None else _is_gpu(target))
        if target is not None:
            kwargs["device"] = "cpu"
        self.operations.asked_with_gpu = any(tensor in self.marks for tensor in _tensors(args, kwargs))
        try:
            result = function(*args, **kwargs)
        finally:
            self.operations.asked_with_gpu = False
        if target is not None or function in (Tensor.new_tensor, Tensor.__deepcopy__):
            for tensor in _tensors(result):
                self.marks.put(tensor, here if target is None else _is_gpu(target))
        return result

    def _moved(self, function: Any, tensor: Tensor, args: tuple, kwargs: dict[str, Any]) -> Tensor:
        here = tensor in self.marks
        target = {Tensor.cpu: False, Tensor.cuda: True}.get(function, here)
        rest = []
        for value in (*args, kwargs.pop("device", None), kwargs.pop("other", None)):
            if isinstance(value, Tensor):
                target = value in self.marks
                rest.append(value.dtype)
            elif isinstance(value, torch.device | str):
                target = _is_gpu(value)
            elif value is not None and function is not Tensor.cuda:
                rest.append(value)
        dtype = next((value for value in rest if isinstance(value, torch.dtype)), kwargs.get("dtype"))
        with_dtype = tensor if dtype is None else tensor.to(dtype)
        copied = kwargs.get("copy") and with_dtype is tensor
        layout = kwargs.get("memory_format")
        if layout is not None:
            with_dtype = with_dtype.to(memory_format=layout)
        if target != here:
            return Move.apply(with_dtype, self.marks)
        return with_dtype.clone() if copied else with_dtype

    def _check_generator(self, generator: torch.Generator | None, here: bool) -> None:
        if generator is not None and (generator.device.type == "cuda") != here:
            wanted = "cuda" if here else "cpu"
            raise RuntimeError(
                f"Expected a '{wanted}' device type for generator, but found {generator.device}"
            )


def _is_gpu(device: torch.device | str | int) -> bool:
    return isinstance(device, int) or torch.device(device).type == "cuda"


class Generator(torch.Generator):
    """A generator that says on which device it is."""

    def __new__(cls, device: torch.device | str = "cpu") -> "Generator":
        made = super().__new__(cls, "cpu")
        made.place = torch.device(device)
        return made

    @property
    def device(self) -> torch.device:
        return self.place


def _grouped(marks: Marks) -> Any:
    """Optimizers and clipping group tensors by device in C++, which sees where their memory is."""

    def group(lists: list[list[Tensor | None]], with_indices: bool = False) -> dict:
        return {
            (CUDA if parts[0][0] in marks else device, dtype): (parts, indices)
            for (device, dtype), (parts, indices) in torch._C._group_tensors_by_device_and_dtype(
                lists, with_indices
            ).items()
        }

    return group


@contextmanager
def pretended() -> Iterator[Marks]:
    """Inside the block there is one CUDA device."""
    MARKS.waits.clear()
    state = torch.zeros(16, dtype=torch.uint8)
    answers = {
        "is_available": True, "device_count": 1, "current_device": 0, "get_device_name": "a GPU that is not there",
        "synchronize": None, "manual_seed": None, "manual_seed_all": None, "get_rng_state": state,
        "set_rng_state": None, "is_bf16_supported": True, "_is_in_bad_fork": False,
    }  # fmt: skip
    with ExitStack() as stack:
        for name, answer in answers.items():
            stack.enter_context(mock.patch.object(torch.cuda, name, lambda *_, answer=answer, **__: answer))
        stack.enter_context(mock.patch.object(torch, "Generator", Generator))
        for module in (clip_grad, optimizer):
            stack.enter_context(
                mock.patch.object(module, "_group_tensors_by_device_and_dtype", _grouped(MARKS))
            )
        operations = stack.enter_context(Operations(MARKS))
        stack.enter_context(Calls(operations))
        yield MARKS
