"""Poses that look like hands: synergies and gestures, drawn again where a hand would run through itself."""

import torch
from torch import Tensor

from vae_course.data.hands.contact import penetration
from vae_course.data.hands.gestures import GESTURES, gesture_poses
from vae_course.data.hands.kinematics import forward_kinematics
from vae_course.data.hands.shape import Shape
from vae_course.data.hands.synergies import squash, synergies, unsquash

TOLERANCE = 2.0
"""Flesh gives way: capsules may overlap by this much, mm."""

ROUNDS = 12
"""How often colliding hands are drawn again; about a fifth of the proposals collide."""

CHUNK = 2048
"""Hands whose 132 pairs of bones are compared at once: about 30 MB."""


def propose_pose(n: int, *, generator: torch.Generator) -> Tensor:
    """Draw n poses that may run through themselves, (n, 23) radians, on the generator's device.

    Half come from the synergies. Half are a gesture of `GESTURES`, eased towards the relaxed hand (u = 0) by up to
    a third and varied by synergies of a fifth of their usual size.

    Args:
        n: number of poses.
    """
    u = synergies(n, generator=generator)
    gestures = unsquash(gesture_poses()).to(u)
    chosen = torch.randint(len(GESTURES), (n,), generator=generator, device=u.device)
    ease, coin = torch.rand(2, n, 1, generator=generator, device=u.device)
    return squash(torch.where(coin < 0.5, u, (1 - ease / 3) * gestures[chosen] + 0.2 * u))


def collides(pose: Tensor, shape: Shape) -> Tensor:
    """Whether two parts of a hand overlap by more than `TOLERANCE`, bool (batch,).

    Args:
        pose: (batch, 23) radians.
        shape: builds of the same hands.
    """
    lengths, radii = shape.lengths(), shape.radii()
    depths = [
        penetration(forward_kinematics(pose[part], lengths[part]), radii[part]).amax(1)
        for part in torch.arange(len(pose), device=pose.device).split(CHUNK)
    ]
    return torch.cat(depths) > TOLERANCE


def sample_pose(shape: Shape, *, generator: torch.Generator) -> Tensor:
    """Draw a pose for each hand that does not run through itself, (batch, 23) radians, on the shape's device.

    Proposals that collide are drawn again, `ROUNDS` times at most; what still collides spreads its fingers.

    Args:
        shape: builds of the hands.
    """
    device = shape.length.device
    pose = propose_pose(len(shape.length), generator=generator).to(device)
    bad = collides(pose, shape).nonzero()[:, 0]
    for _ in range(ROUNDS):
        if not len(bad):
            return pose
        pose[bad] = propose_pose(len(bad), generator=generator).to(device)
        bad = bad[collides(pose[bad], shape[bad])]
    pose[bad] = gesture_poses()[GESTURES.index("spread")].to(pose)
    return pose
