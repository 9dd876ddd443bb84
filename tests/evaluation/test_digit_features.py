"""The classifier that measures samples: as good as its recipe says, and picky about its input."""

import pytest
import torch

from vae_course.data import Split, load_digits
from vae_course.evaluation.digit_features import (
    NOISY,
    WEIGHTS,
    DigitClassifier,
    accuracy,
    digit_classifier,
)
from vae_course.weights import read_recipe


@pytest.fixture(scope="module")
def digits():
    return load_digits()


@pytest.fixture(scope="module")
def classifier():
    return digit_classifier()


def test_the_shipped_weights_measure_what_their_recipe_states(classifier, digits):
    figures = read_recipe(WEIGHTS)["figures"]
    assert accuracy(classifier, digits.val) == pytest.approx(figures["accuracy_val"], abs=0.0021)
    assert accuracy(classifier, digits.test) == pytest.approx(figures["accuracy_test"], abs=0.0021)
    assert figures["accuracy_test"] >= 0.96


def test_accuracy_counts_right_labels(classifier, digits):
    wrong = Split(digits.test.images, (digits.test.labels + 1) % 10)
    assert accuracy(classifier, wrong) < 0.02
    assert accuracy(DigitClassifier(), digits.test) < 0.4


def test_noise_is_told_from_digits(classifier):
    noise = torch.rand(100, 784, generator=torch.Generator().manual_seed(0))
    assert (classifier(noise).argmax(1) == NOISY).all()


def test_the_shape_of_an_image_does_not_matter(classifier, digits):
    images = digits.test.images[:7].float() / 255
    features = classifier.features(images)
    assert features.shape == (7, 64)
    assert (features >= 0).all()
    assert torch.equal(features, classifier.features(images.flatten(1)))
    assert torch.equal(classifier.head(features), classifier(images))


def test_features_of_one_digit_are_closer_than_those_of_two(classifier, digits):
    features, labels = classifier.features(digits.test.images.float() / 255), digits.test.labels
    distances = torch.cdist(features, features)
    same = labels[:, None] == labels
    assert distances[same].mean() < 0.6 * distances[~same].mean()


@pytest.mark.parametrize(
    "images",
    [
        torch.zeros(2, 28, 28, dtype=torch.uint8),
        torch.zeros(2, 783),
        torch.zeros(2, 1, 28, 28),
        torch.zeros(784),
    ],
)
def test_images_of_another_form_are_refused(classifier, images):
    with pytest.raises(ValueError, match=r"\(N, 784\) or \(N, 28, 28\)"):
        classifier.features(images)
