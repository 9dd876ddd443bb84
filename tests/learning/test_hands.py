"""Cross-modal and disentangled models of procedural hands, in mm, against mean poses and the unswapped hand."""

import pytest
import torch

from vae_course.models import CrossModalVAE, DisentangledVAE, Gaussian
from vae_course.nets import Decoder, GaussianEncoder
from vae_course.objectives import cross_modal, elbo_dis, elbo_emb
from vae_course.training import fit

from .hands import epe, joints

HIDDEN = [128, 128]
TRAIN, TEST = slice(0, 4000), slice(4000, 4500)


def settings(steps: int) -> dict:
    return {"steps": steps, "batch_size": 100, "lr": 3e-3}


@pytest.mark.xdist_group("cross-modal")
def test_cross_modal_model_sees_depth_in_two_dimensions():
    train, test = joints().batch(TRAIN), joints().batch(TEST)
    dims, latent_dim = {"joints_2d": 42, "joints_3d": 63}, 20
    torch.manual_seed(0)
    model = CrossModalVAE(
        {name: GaussianEncoder(dim, HIDDEN, latent_dim) for name, dim in dims.items()},
        {name: Decoder(latent_dim, HIDDEN, dim) for name, dim in dims.items()},
        {name: Gaussian(0.1) for name in dims},
        latent_dim,
    )
    # Half of the hands have no 3-D joints: they are seen in the pair of the 2-D joints with themselves alone.
    labelled = torch.arange(4000) % 2 == 0
    train["joints_3d"] = torch.where(labelled[:, None], train["joints_3d"], torch.nan)
    train["has_joints_3d"] = labelled
    pairs = [("joints_2d", "joints_3d"), ("joints_3d", "joints_3d"), ("joints_2d", "joints_2d")]
    fit(model, lambda m, batch: cross_modal(m, batch, pairs), train, **settings(1000))
    with torch.no_grad():
        z = model.q_z(test["joints_2d"], "joints_2d").mean
        error = epe(model.p_x(z, "joints_3d").mean, test["joints_3d"])
    mean = joints().batch(TRAIN)["joints_3d"].mean(0).expand(500, -1)
    assert error < 0.3 * epe(mean, test["joints_3d"])


@pytest.mark.xdist_group("disentangled")
def test_swapped_viewpoints_turn_the_hand_and_an_embedded_modality_finds_the_pose():
    train, test = joints().batch(TRAIN), joints().batch(TEST)
    torch.manual_seed(0)
    model = DisentangledVAE(
        {"pose": 12, "view": 8},
        {"pose": GaussianEncoder(63, HIDDEN, 12), "view": GaussianEncoder(9, HIDDEN, 8)},
        {"pose": Decoder(12, HIDDEN, 63), "view": Decoder(8, HIDDEN, 9)},
        {"joints_3d": Decoder(20, [256, 256], 63)},
        {"pose": Gaussian(0.1), "view": Gaussian(0.1), "joints_3d": Gaussian(0.1)},
    )
    fit(model, elbo_dis, train, **settings(1000))
    one = {name: tensor[:250] for name, tensor in test.items()}
    other = {name: tensor[250:] for name, tensor in test.items()}
    turned = (
        one["pose"].view(-1, 21, 3) @ other["view"].view(-1, 3, 3).mT
    )  # the one's pose, seen as the other
    turned = (turned - turned[:, :1]).flatten(1)
    with torch.no_grad():
        z, z_other = model.q_factors(one).mean, model.q_factors(other).mean
        swapped = epe(model.p_x(model.swap(z, z_other, "view"), "joints_3d").mean, turned)
        unswapped = epe(model.p_x(z, "joints_3d").mean, turned)
    assert swapped < 0.15 * unswapped
    assert swapped < 0.6 * epe(other["joints_3d"], turned)  # and it is not simply the other hand

    model.embed("joints_2d", GaussianEncoder(42, HIDDEN, 20))
    fit(model, lambda m, batch: elbo_emb(m, batch, "joints_2d"), train, **settings(800))
    with torch.no_grad():
        z = model.q_z(test["joints_2d"], "joints_2d").mean
        pose = epe(model.p_x(z, "pose").mean, test["pose"])
    assert pose < 0.8 * epe(train["pose"].mean(0).expand(500, -1), test["pose"])
