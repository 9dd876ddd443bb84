"""Trained networks in a form small enough for a page: whole numbers, and a scale for each output channel.

A network becomes a list of steps, plain dictionaries that JSON can hold; `front/net.js` runs the same list in a
browser, one example at a time. `Exported.run` runs it here, from the bytes that travel and not from the module, so
that what is measured is what a reader sees.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from vae_course.data.hands import BONES
from vae_course.models.hands import LayeredDecoder
from vae_course.models.skeleton import COARSE, PREFERENCE, SkeletonDecoder, bone_maps
from vae_course.nets import ConvDecoder, ConvEncoder, ConvGaussianEncoder, Decoder, Encoder, GaussianEncoder
from vae_course.nets.mlp import LOGVAR_LIMIT, soft_bound

Step = dict[str, Any]
"""One layer: its kind, its sizes, and its arrays as base64."""


class ExportError(Exception):
    """A network cannot be shown in a page; the message names the layer, or the error that would be made."""


@dataclass(frozen=True)
class Exported:
    """A network ready for a page.

    Attributes:
        name: by which a page asks for it.
        steps: its layers in order.
        largest_error: the largest difference to the network in float32 over the probe, in units of the output.
        mean_error: the mean difference.
    """

    name: str
    steps: tuple[Step, ...]
    largest_error: float
    mean_error: float

    def run(self, x: Tensor) -> Tensor:
        """The network's output (N, outputs) for inputs (N, inputs), from the rounded weights, in float32."""
        return run(self.steps, x)

    def script(self) -> str:
        """The network as a line of JavaScript that registers it in the page."""
        error = {"largest": float(f"{self.largest_error:.3g}"), "mean": float(f"{self.mean_error:.3g}")}
        model = {"name": self.name, "error": error, "steps": self.steps}
        return f"VaeExplorers.register({json.dumps(model, separators=(',', ':'))});\n"


class FromJoints(nn.Module):
    """A `SkeletonDecoder` behind its decoders of joints, (N, latent_dim + 42 + 63) -> its picture.

    A page shows the joints as well, and computes them once for all pictures.

    Args:
        decoder: draws.
    """

    def __init__(self, decoder: SkeletonDecoder) -> None:
        super().__init__()
        self.decoder = decoder

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder.draw(*x.split([self.decoder.latent_dim, 42, 63], dim=-1))


@torch.no_grad()
def export(
    name: str,
    module: nn.Module,
    probe: Tensor,
    *,
    display: str | None = None,
    bits: int = 8,
    tolerance: float = 0.1,
) -> Exported:
    """Bring a trained network into the form in which it travels, and measure what the rounding costs.

    An encoder that returns a mean and a log-variance returns both, one after the other, in the page.

    Args:
        name: by which the page asks for it.
        module: one of those listed in `LAYERS`: networks of `vae_course.nets`, decoders of hands, and
            `nn.Sequential` of layers.
        probe: typical inputs (N, inputs), on which the error is measured.
        display: "sigmoid", to end in probabilities of ink, which the page can draw; None for the output as it is.
        bits: of a weight. Fewer than 8 round more coarsely, and compress better.
        tolerance: the largest error that is accepted, in units of the output.

    Raises:
        ExportError: a layer of another kind, or an error beyond the tolerance.
        ValueError: bits not from 2 to 8, or another display.
    """
    if not 2 <= bits <= 8:
        raise ValueError(f"bits must be from 2 to 8, not {bits}")
    if display not in (None, "sigmoid"):
        raise ValueError(f'display must be "sigmoid" or None, not {display!r}')
    steps = tuple(_steps(module, 2 ** (bits - 1) - 1))
    steps += ({"kind": display},) if display else ()
    output = module(probe)
    exact = torch.cat(output, dim=-1) if isinstance(output, tuple) else output
    exact = torch.sigmoid(exact) if display else exact
    error = (run(steps, probe) - exact.flatten(1)).abs()
    largest = error.max().item()
    if not largest <= tolerance:
        raise ExportError(
            f"{name}: rounding to {bits} bits changes an output by {largest:.3g}, more than {tolerance:g}"
        )
    return Exported(name, steps, largest, error.mean().item())


# From layers to steps
# --------------------


def _steps(module: nn.Module, top: int) -> Iterator[Step]:
    """The steps of a module, weights as whole numbers from -top to top."""
    # A subclass may compute something else, so only the class itself counts.
    write = LAYERS.get(type(module))
    if write is None:
        known = ", ".join(kind.__name__ for kind in LAYERS)
        raise ExportError(f"{type(module).__name__} cannot run in a page; these can: {known}")
    yield from write(module, top)


def _sequence(module: nn.Sequential, top: int) -> Iterator[Step]:
    for layer in module:
        yield from _steps(layer, top)


def _fully_connected(module: Encoder | Decoder, top: int) -> Iterator[Step]:
    yield from _steps(module.net, top)


def _gaussian(module: GaussianEncoder, top: int) -> Iterator[Step]:
    yield from _steps(module.net, top)
    yield {"kind": "gaussian", "limit": LOGVAR_LIMIT}


def _conv_encoder(module: ConvEncoder, top: int) -> Iterator[Step]:
    yield {"kind": "reshape", "shape": list(module.shape)}
    yield from _steps(module.conv, top)
    yield {"kind": "reshape", "shape": [-1]}
    yield from _steps(module.mlp, top)


def _conv_gaussian(module: ConvGaussianEncoder, top: int) -> Iterator[Step]:
    yield from _conv_encoder(module, top)
    yield {"kind": "gaussian", "limit": LOGVAR_LIMIT}


def _conv_decoder(module: ConvDecoder, top: int) -> Iterator[Step]:
    yield from _steps(module.mlp, top)
    yield {"kind": "reshape", "shape": list(module.start)}
    yield from _steps(module.conv, top)
    yield {"kind": "reshape", "shape": [-1]}


def _layered(module: LayeredDecoder, top: int) -> Iterator[Step]:
    yield {
        "kind": "layered",
        "dims": module.dims,
        "size": module.size,
        **{part: list(_steps(getattr(module, part), top)) for part in ("maps", "colours", "wall")},
    }


def _from_joints(module: FromJoints, top: int) -> Iterator[Step]:
    decoder = module.decoder
    layers = [decoder.hidden, nn.ReLU(), decoder.last]
    yield {
        "kind": "skeleton",
        "latent": decoder.latent_dim,
        "points": decoder.size // 2,
        "bones": BONES,
        "preference": PREFERENCE,
        "coarseShape": COARSE,
        "coarse": list(_steps(decoder.coarse, top)),
        "layers": [step for layer in layers for step in _steps(layer, top)],
        "colours": [] if decoder.colours is None else list(_steps(decoder.colours, top)),
    }


def _linear(module: nn.Linear, top: int) -> Iterator[Step]:
    yield {"kind": "linear", **_weights(module.weight, module.bias, top)}


def _conv(module: nn.Conv2d, top: int) -> Iterator[Step]:
    _plain_convolution(module)
    if module.padding_mode != "zeros" or isinstance(module.padding, str):
        raise ExportError(f"padding must be a number of zeros: {module}")
    yield {
        "kind": "conv",
        "stride": list(module.stride),
        "padding": list(module.padding),
        **_weights(module.weight, module.bias, top),
    }


def _conv_transposed(module: nn.ConvTranspose2d, top: int) -> Iterator[Step]:
    _plain_convolution(module)
    yield {
        "kind": "convTransposed",
        "stride": list(module.stride),
        "padding": list(module.padding),
        "more": list(module.output_padding),
        # torch has the input channels first; here the outputs are first in every layer.
        **_weights(module.weight.transpose(0, 1), module.bias, top),
    }


def _plain_convolution(module: nn.Conv2d | nn.ConvTranspose2d) -> None:
    if module.groups != 1 or tuple(module.dilation) != (1, 1):
        raise ExportError(f"groups and dilation must be 1: {module}")


def _flatten(module: nn.Flatten, top: int) -> Iterator[Step]:
    if (module.start_dim, module.end_dim) != (1, -1):
        raise ExportError(f"must flatten all but the first dimension: {module}")
    yield {"kind": "reshape", "shape": [-1]}


def _unflatten(module: nn.Unflatten, top: int) -> Iterator[Step]:
    if module.dim != 1:
        raise ExportError(f"must unflatten dimension 1: {module}")
    yield {"kind": "reshape", "shape": list(module.unflattened_size)}


def _activation(kind: str) -> Callable[[nn.Module, int], Iterator[Step]]:
    return lambda module, top: iter([{"kind": kind}])


def _leaky(module: nn.LeakyReLU, top: int) -> Iterator[Step]:
    yield {"kind": "leakyRelu", "slope": module.negative_slope}


LAYERS: dict[type[nn.Module], Callable[[Any, int], Iterator[Step]]] = {
    nn.Sequential: _sequence,
    nn.Linear: _linear,
    nn.Conv2d: _conv,
    nn.ConvTranspose2d: _conv_transposed,
    nn.Flatten: _flatten,
    nn.Unflatten: _unflatten,
    nn.ReLU: _activation("relu"),
    nn.LeakyReLU: _leaky,
    nn.Tanh: _activation("tanh"),
    nn.SiLU: _activation("silu"),
    nn.Sigmoid: _activation("sigmoid"),
    Encoder: _fully_connected,
    Decoder: _fully_connected,
    GaussianEncoder: _gaussian,
    ConvEncoder: _conv_encoder,
    ConvGaussianEncoder: _conv_gaussian,
    ConvDecoder: _conv_decoder,
    LayeredDecoder: _layered,
    FromJoints: _from_joints,
}
"""The kinds of layer that run in a page."""


def _weights(weight: Tensor, bias: Tensor | None, top: int) -> Step:
    """The weight (outputs, ...) as whole numbers, with a scale and a bias for each output."""
    values = weight.detach().cpu().float().contiguous().numpy()
    rows = values.reshape(len(values), -1)
    if not np.isfinite(rows).all():
        raise ExportError("weights must be finite")
    scale = np.abs(rows).max(axis=1) / top
    scale = np.where(scale > 0, scale, 1).astype("<f4")
    whole = np.rint(rows / scale[:, None]).clip(-top, top).astype(np.int8)
    shift = np.zeros(len(values), "<f4") if bias is None else bias.detach().cpu().numpy().astype("<f4")
    return {
        "size": list(values.shape),
        "weight": _pack(whole),
        "scale": _pack(scale),
        "bias": _pack(shift),
    }


def _pack(array: np.ndarray) -> str:
    return base64.b64encode(array.tobytes()).decode()


# From steps to numbers
# ---------------------


def run(steps: Sequence[Step], x: Tensor) -> Tensor:
    """What a page computes: exported steps applied to inputs (N, inputs), in float32; returns (N, outputs)."""
    for step in steps:
        x = _RUN[step["kind"]](step, x)
    return x.flatten(1)


def _run_linear(step: Step, x: Tensor) -> Tensor:
    return functional.linear(x, *_unpack(step))


def _run_conv(step: Step, x: Tensor) -> Tensor:
    return functional.conv2d(x, *_unpack(step), stride=step["stride"], padding=step["padding"])


def _run_conv_transposed(step: Step, x: Tensor) -> Tensor:
    weight, bias = _unpack(step)
    options = {"stride": step["stride"], "padding": step["padding"], "output_padding": step["more"]}
    return functional.conv_transpose2d(x, weight.transpose(0, 1), bias, **options)


def _run_gaussian(step: Step, x: Tensor) -> Tensor:
    mean, logvar = x.chunk(2, dim=-1)
    return torch.cat([mean, soft_bound(logvar, step["limit"])], dim=-1)


def _enlarged(images: Tensor, size: int) -> Tensor:
    return functional.interpolate(images, (size, size), mode="bilinear", align_corners=True)


def _run_layered(step: Step, x: Tensor) -> Tensor:
    geometry, content = x.split(step["dims"], dim=-1)
    size = step["size"]
    where, *shares = run(step["maps"], geometry).view(-1, 3, 1, size, size).unbind(1)
    colours = run(step["colours"], content).view(-1, 2, 3, 1, 1).unbind(1)
    hand = sum(share * colour for share, colour in zip(shares, colours, strict=True))
    wall = run(step["wall"], content)
    small = round((wall.shape[1] / 3) ** 0.5)
    return torch.lerp(_enlarged(wall.view(-1, 3, small, small), size), hand, where.sigmoid())


def _run_skeleton(step: Step, x: Tensor) -> Tensor:
    z, joints_2d, joints_3d = x.split([step["latent"], 42, 63], dim=-1)
    points, coarse = step["points"], run(step["coarse"], z).view(-1, *step["coarseShape"])
    maps = bone_maps(joints_2d.unflatten(-1, (-1, 2)), -joints_3d[:, 2::3], points)
    layers = torch.cat([maps, _enlarged(coarse, points)], dim=1)
    for layer in step["layers"]:
        layers = _RUN[layer["kind"]](layer, layers)
    outline, inside = layers[:, :1].sigmoid(), layers[:, 1:]
    if step["colours"]:
        inside = (run(step["colours"], z).view(-1, 2, 3, 1, 1) * inside[:, :, None]).sum(1)
    return outline * inside


_RUN: dict[str, Callable[[Step, Tensor], Tensor]] = {
    "linear": _run_linear,
    "conv": _run_conv,
    "convTransposed": _run_conv_transposed,
    "reshape": lambda step, x: x.reshape(len(x), *step["shape"]),
    "gaussian": _run_gaussian,
    "relu": lambda step, x: torch.relu(x),
    "leakyRelu": lambda step, x: functional.leaky_relu(x, step["slope"]),
    "tanh": lambda step, x: torch.tanh(x),
    "silu": lambda step, x: functional.silu(x),
    "sigmoid": lambda step, x: torch.sigmoid(x),
    "layered": _run_layered,
    "skeleton": _run_skeleton,
}


def _unpack(step: Step) -> tuple[Tensor, Tensor]:
    """Weight and bias of a step, in float32."""
    arrays = {key: base64.b64decode(step[key]) for key in ("weight", "scale", "bias")}
    whole = torch.frombuffer(bytearray(arrays["weight"]), dtype=torch.int8).view(*step["size"])
    scale = torch.from_numpy(np.frombuffer(arrays["scale"], "<f4").copy())
    bias = torch.from_numpy(np.frombuffer(arrays["bias"], "<f4").copy())
    return whole.float() * scale.view(-1, *[1] * (whole.ndim - 1)), bias
