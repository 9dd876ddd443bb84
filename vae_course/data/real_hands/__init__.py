"""Real data sets of hands, read from a folder you have, and their preparation for the cross-modal models."""

from vae_course.data.real_hands.augment import augment, mirror, rotate
from vae_course.data.real_hands.examples import example_photographs
from vae_course.data.real_hands.prepare import (
    PreparedHands,
    crop,
    crop_box,
    denormalise,
    normalise,
    palm_visible,
    prepare,
    to_crop,
    with_palm,
)
from vae_course.data.real_hands.rhd import RHD
from vae_course.data.real_hands.sample import HandSample
from vae_course.data.real_hands.sign_language import SignLanguage, SignLanguageSplit, load_sign_language
from vae_course.data.real_hands.stb import STB

__all__ = [
    "RHD",
    "STB",
    "HandSample",
    "PreparedHands",
    "SignLanguage",
    "SignLanguageSplit",
    "augment",
    "crop",
    "crop_box",
    "denormalise",
    "example_photographs",
    "load_sign_language",
    "mirror",
    "normalise",
    "palm_visible",
    "prepare",
    "rotate",
    "to_crop",
    "with_palm",
]
