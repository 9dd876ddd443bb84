"""RHD from a fabricated folder whose geometry is known."""

import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from tests.data.real_hands.fabricated import ours, write_rhd
from vae_course.data import DataError
from vae_course.data.hands.anatomy import JOINTS
from vae_course.data.real_hands import RHD


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    return RHD(write_rhd(tmp_path_factory.mktemp("rhd")), "evaluation")


@pytest.fixture
def folder(tmp_path):
    return write_rhd(tmp_path, counts=((30, 20),))


def test_the_hand_with_more_pixels_is_used_and_the_left_only_if_strictly_more(shared):
    assert [sample.side for sample in shared] == [True, False, False]
    assert [round(sample.joints_3d[0, 2].item()) for sample in shared] == [2000, 1000, 1000]
    assert [sample.mask.sum().item() for sample in shared] == [30, 30, 25]
    assert shared[0].mask[0, :30].all()
    assert shared[1].mask[1, :30].all()


def test_joints_come_in_mm_and_in_our_order(shared):
    torch.testing.assert_close(
        shared[1].joints_3d.double(), torch.from_numpy(1000 * ours()), rtol=1e-6, atol=0
    )


def test_2d_joints_are_the_projection_of_the_3d_joints(shared):
    for sample in shared:
        homogeneous = sample.joints_3d @ sample.K.T
        torch.testing.assert_close(sample.joints_2d, homogeneous[:, :2] / homogeneous[:, 2:])


@pytest.mark.parametrize(("index", "hidden"), [(0, {"thumb tip"}), (1, {"thumb tip", "little MCP"})])
def test_only_the_flag_1_means_visible(shared, index, hidden):
    assert {JOINTS[i] for i in torch.nonzero(~shared[index].visible).flatten()} == hidden


def test_depth_comes_in_mm_and_blue_does_not_count(shared):
    depth = shared[0].depth
    assert depth[5, 6].item() == pytest.approx(5000)
    assert depth[7, 8].item() == pytest.approx(5000 * 13056 / 65535)
    assert depth.count_nonzero() == 2


def test_types_shapes_and_pixels(shared):
    sample = shared[2]
    assert sample.image.dtype == torch.uint8
    assert sample.image.shape == (3, 320, 320)
    assert sample.image[:, 10, 20].tolist() == [200, 100, 52]
    assert (sample.mask.dtype, sample.visible.dtype, sample.depth.dtype) == (
        torch.bool,
        torch.bool,
        torch.float32,
    )
    assert {t.dtype for t in (sample.joints_2d, sample.joints_3d, sample.K)} == {torch.float32}


def test_it_is_a_sequence(shared):
    assert len(shared) == 3 == len(list(shared))
    assert torch.equal(shared[-1].image, shared[2].image)
    with pytest.raises(IndexError):
        shared[3]


@pytest.mark.parametrize("protocol", range(2, 6))
def test_pickles_of_every_protocol_are_read(tmp_path, protocol):
    assert len(RHD(write_rhd(tmp_path, protocol=protocol), "evaluation")) == 3


def test_missing_folder_annotation_or_image_is_named(folder):
    with pytest.raises(DataError, match="training does not exist"):
        RHD(folder, "training")
    (folder / "evaluation/mask/00000.png").unlink()
    with pytest.raises(DataError, match=r"mask.00000.png is missing"):
        RHD(folder, "evaluation")[0]
    (folder / "evaluation/anno_evaluation.pickle").unlink()
    with pytest.raises(DataError, match=r"anno_evaluation.pickle is missing"):
        RHD(folder, "evaluation")


@pytest.mark.parametrize("kind", ["color", "mask", "depth"])
@pytest.mark.parametrize("keep", [0, 10, 60, 300])
def test_truncated_images_are_refused(folder, kind, keep):
    path = folder / "evaluation" / kind / "00000.png"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DataError, match=r"00000.png is truncated"):
        RHD(folder, "evaluation")[0]


@pytest.mark.parametrize(
    ("kind", "shape"), [("color", (240, 320, 3)), ("mask", (320, 320, 3)), ("depth", (320, 320))]
)
def test_images_of_another_shape_are_refused(folder, kind, shape):
    Image.fromarray(np.zeros(shape, np.uint8)).save(folder / "evaluation" / kind / "00000.png")
    with pytest.raises(DataError, match="has the shape"):
        RHD(folder, "evaluation")[0]


def test_16_bit_images_are_refused(folder):
    Image.fromarray(np.zeros((320, 320), np.uint16)).save(folder / "evaluation/mask/00000.png")
    with pytest.raises(DataError, match="not an 8-bit image"):
        RHD(folder, "evaluation")[0]


@pytest.mark.parametrize("fraction", [0, 0.3, 0.9])
def test_a_truncated_pickle_is_refused(folder, fraction):
    path = folder / "evaluation/anno_evaluation.pickle"
    content = path.read_bytes()
    path.write_bytes(content[: int(fraction * len(content))])
    with pytest.raises(DataError, match=r"anno_evaluation.pickle is truncated"):
        RHD(folder, "evaluation")


class Command:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


class Spoken:
    def __reduce__(self):
        return eval, ("__import__('builtins').print('run')",)


class Recoded:
    def __reduce__(self):
        import _codecs

        return _codecs.encode, ("text", "rot13")


@pytest.mark.parametrize(
    "make", [Command, lambda path: Spoken(), lambda path: subprocess.Popen, lambda path: Recoded()]
)
def test_a_pickle_that_would_run_code_is_refused_and_does_not(folder, tmp_path, make, capsys):
    trace = tmp_path / "trace"
    path = folder / "evaluation/anno_evaluation.pickle"
    path.write_bytes(pickle.dumps({0: {"K": make(trace)}}))
    with pytest.raises(DataError, match="pickle"):
        RHD(folder, "evaluation")
    assert not trace.exists()
    assert not capsys.readouterr().out
    if make is Command:  # the trap works where pickle is trusted
        pickle.loads(path.read_bytes())
        assert trace.exists()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda entry: entry.pop("K"),
        lambda entry: entry.update(xyz=entry["xyz"][:21]),
        lambda entry: entry.update(uv_vis=entry["uv_vis"].tolist()),
        lambda entry: entry.update(K=entry["K"].astype(str)),
    ],
)
def test_annotations_of_another_shape_are_refused(folder, spoil):
    path = folder / "evaluation/anno_evaluation.pickle"
    annotations = pickle.loads(path.read_bytes())
    spoil(annotations[0])
    path.write_bytes(pickle.dumps(annotations))
    with pytest.raises(DataError, match="annotation 0 has no array"):
        RHD(folder, "evaluation")[0]


@pytest.mark.parametrize("content", [[1, 2], {5: {}}, {"0": {}}])
def test_a_pickle_of_something_else_is_refused(folder, content):
    (folder / "evaluation/anno_evaluation.pickle").write_bytes(pickle.dumps(content))
    with pytest.raises(DataError, match="keys 0, 1, 2"):
        RHD(folder, "evaluation")


def test_an_unknown_split_is_refused(folder):
    with pytest.raises(ValueError, match="evaluation"):
        RHD(folder, "test")


def test_importing_the_readers_needs_no_extra():
    program = "import sys, vae_course.data.real_hands, vae_course.evaluation.hands; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"PIL", "scipy", "pooch", "matplotlib"} & set(done.stdout.split())
