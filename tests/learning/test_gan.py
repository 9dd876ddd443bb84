"""The GAN's samples come nearer to digits than independent pixels do, by the measure that serves VAEs too."""

import pytest
import torch

from vae_course.data import load_digits
from vae_course.evaluation.samples import sample_quality
from vae_course.models import GAN
from vae_course.nets import Decoder, Encoder
from vae_course.objectives import adversarial
from vae_course.training import fit


@pytest.mark.xdist_group("gan")
def test_gan_samples_are_nearer_to_digits_than_independent_pixels():
    data = load_digits()
    x = data.train.images.flatten(1) / 255
    reference = torch.cat([data.val.images, data.test.images]).flatten(1) / 255
    torch.manual_seed(0)
    model = GAN(Decoder(16, [256, 256], 784), Encoder(784, [256, 128], 1))
    untrained = model.generate(model.p_z().sample((500,))).detach()
    fit(
        model,
        lambda m, batch: adversarial(m, batch, penalty=10.0),
        x,
        steps=800,
        batch_size=64,
        lr=1e-3,
        betas=(0.5, 0.999),
    )
    torch.manual_seed(1)
    with torch.no_grad():
        ours = sample_quality(model.generate(model.p_z().sample((500,))), reference).samples
    pixels = sample_quality(torch.rand(500, 784).lt(x.mean(0)).float(), reference).samples
    assert ours.frechet < 0.2 * pixels.frechet
    assert ours.frechet < 0.3 * sample_quality(untrained, reference).samples.frechet
    assert ours.precision > pixels.precision + 0.1
