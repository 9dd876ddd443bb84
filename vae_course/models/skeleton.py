"""A decoder of pictures of hands that first asks where the joints are."""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from vae_course.data.hands import BONES
from vae_course.nets import ConvDecoder, Decoder

COARSE = (8, 16, 16)
"""Channels, height and width of the coarse picture of what no bone says, such as the forearm."""

UNITS = 32
"""Widths of a bone's map that go into the side of the picture: half a finger each."""

PREFERENCE = 2.0
"""How much the nearer of two bones that cross counts for more, per 50 mm."""


def bone_maps(joints: Tensor, nearness: Tensor, size: int) -> Tensor:
    """Where each bone passes, and how near to the camera the hand is there, (batch, 21, size, size).

    A bone's map is exp(-d^2 / 2), where d is a point's distance to the bone in units of 1/32 of the map's side: as
    wide on the hand whatever the map's size. The last map is the mean nearness of the bones that pass there, in which
    nearer ones count for more.

    Args:
        joints: (batch, 21, 2) from -1 to 1 across the map, u to the right, v down.
        nearness: (batch, 21), the nearer the greater, in units of 50 mm.
        size: height and width of the maps, points.
    """
    starts, ends = torch.tensor(BONES, device=joints.device).T
    a = joints[:, starts] * size / 2  # (batch, 20, 2), points from the middle of the map
    along = joints[:, ends] * size / 2 - a
    squared_length = along.square().sum(-1).clamp_min(1e-2)[..., None, None]
    centres = torch.arange(size, device=joints.device) + 0.5 - size / 2
    u = (centres - a[..., :1])[:, :, None, :]  # (batch, 20, 1, size)
    v = (centres - a[..., 1:])[:, :, :, None]
    projection = u * along[..., 0, None, None] + v * along[..., 1, None, None]
    t = (projection / squared_length).clamp(0, 1)  # 0 at the bone's start, 1 at its end
    squared_distance = u.square() + v.square() - t * (2 * projection - t * squared_length)
    passes = torch.exp(-squared_distance / 2 * (UNITS / size) ** 2)

    near, far = nearness[:, starts, None, None], nearness[:, ends, None, None]
    weight = passes * torch.exp(PREFERENCE * (near + far) / 2)
    front = (weight * (near + t * (far - near))).sum(1) / (weight.sum(1) + 1e-3)  # 0 where no bone passes
    return torch.cat([passes, front[:, None]], dim=1)


class SkeletonDecoder(nn.Module):
    """A decoder that knows one thing about pictures of hands: where a bone passes, there is hand.

    The joints come from two decoders of the same z, and no gradient of the picture reaches these. From the maps of
    the bones and a coarse picture, one layer for each point and one transposed convolution make the outline of the
    hand and what is seen inside: shares of two colours that depend on z, or a depth.

    Args:
        joints_2d: z (..., latent_dim) -> (..., 42), from -1 to 1 across the image.
        joints_3d: z -> (..., 63) in units of 50 mm, z pointing away from the camera.
        channels: 3 for colour, 1 for depth.
        size: height and width of the image, even, pixels.
    """

    def __init__(self, joints_2d: Decoder, joints_3d: Decoder, channels: int, size: int) -> None:
        super().__init__()
        latent_dim = joints_2d.latent_dim
        self.latent_dim, self.size = latent_dim, size
        self.joints_2d, self.joints_3d = joints_2d, joints_3d
        self.coarse = ConvDecoder(latent_dim, [128], (32, 24), COARSE)
        self.hidden = nn.Conv2d(len(BONES) + 1 + COARSE[0], 32, kernel_size=1)
        layers = 3 if channels == 3 else 2  # the outline, and what is inside
        self.last = nn.ConvTranspose2d(32, layers, kernel_size=4, stride=2, padding=1)
        self.colours = nn.Linear(latent_dim, 2 * 3) if channels == 3 else None

    def forward(self, z: Tensor) -> Tensor:
        codes = z.reshape(-1, self.latent_dim)
        # In half precision a joint would jump by a quarter of a pixel.
        with torch.no_grad(), torch.autocast(z.device.type, enabled=False):
            joints = self.joints_2d(codes), self.joints_3d(codes)
        return self.draw(codes, *joints).reshape(*z.shape[:-1], -1)

    def draw(self, z: Tensor, joints_2d: Tensor, joints_3d: Tensor) -> Tensor:
        """The picture (batch, channels * size * size) of codes (batch, latent_dim) whose joints are known.

        Args:
            z: the codes.
            joints_2d, joints_3d: what the two decoders give for them, (batch, 42) and (batch, 63).
        """
        points = self.size // 2
        nearness = -joints_3d.unflatten(-1, (-1, 3))[..., 2]
        maps = bone_maps(joints_2d.unflatten(-1, (-1, 2)), nearness, points)
        coarse = self.coarse(z).view(-1, *COARSE)
        coarse = interpolate(coarse, (points, points), mode="bilinear", align_corners=True)
        layers = self.last(torch.relu(self.hidden(torch.cat([maps, coarse], dim=1)))).float()
        outline, inside = layers[:, :1].sigmoid(), layers[:, 1:]
        if self.colours is not None:  # (batch, 2 colours, 3 channels, 1, 1), each times its share
            inside = (self.colours(z).float().view(-1, 2, 3, 1, 1) * inside[:, :, None]).sum(1)
        return (outline * inside).flatten(1)
