"""STB from a fabricated folder whose geometry is known."""

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.io import savemat
from scipy.spatial.transform import Rotation

from tests.data.real_hands.fabricated import ours, write_stb
from vae_course.data import DataError
from vae_course.data.real_hands import STB, with_palm

MIDDLE_MCP = 9


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_stb(tmp_path_factory.mktemp("stb"))


def labelled() -> torch.Tensor:
    """The fabricated joints, (21, 3) mm, with the palm as joint 0."""
    return torch.from_numpy(1000 * ours()).float()


def test_fingers_come_in_our_order(folder):
    torch.testing.assert_close(STB(folder, "evaluation")[0].joints_3d[1:], labelled()[1:])


def test_the_palm_is_the_mean_of_the_wrist_and_the_middle_mcp(folder):
    joints = STB(folder, "evaluation")[0].joints_3d
    torch.testing.assert_close(with_palm(joints), labelled())
    torch.testing.assert_close(joints[0], 2 * labelled()[0] - labelled()[MIDDLE_MCP])


def test_the_right_eye_sees_every_hand_a_baseline_to_the_left(folder):
    left, right = (STB(folder, "evaluation", camera)[1499] for camera in ("BB_left", "BB_right"))
    moved = (left.joints_3d - right.joints_3d).double()
    torch.testing.assert_close(moved, torch.tensor([120.054, 0, 0]).double().expand(21, 3), rtol=0, atol=1e-3)
    disparity = left.joints_2d - right.joints_2d
    torch.testing.assert_close(disparity[:, 0], 822.79041 * 120.054 / left.joints_3d[:, 2])
    torch.testing.assert_close(disparity[:, 1], torch.zeros(21), rtol=0, atol=1e-3)


def test_the_colour_camera_sees_what_moves_back_to_the_labels(folder):
    """x_depth = R x_colour + t, with SciPy's rotation as the reference."""
    joints = STB(folder, "evaluation", "SK_color")[0].joints_3d.double().numpy()
    rotation = Rotation.from_rotvec([0.00531, -0.01196, 0.00301])
    back = torch.from_numpy(rotation.apply(joints) + np.array([-24.0381, -0.4563, -1.2326]))
    torch.testing.assert_close(with_palm(back), labelled().double(), rtol=0, atol=1e-3)


@pytest.mark.parametrize("camera", ["BB_left", "BB_right", "SK_color"])
def test_2d_joints_are_the_projection_of_the_3d_joints(folder, camera):
    sample = STB(folder, "evaluation", camera)[0]
    homogeneous = sample.joints_3d @ sample.K.T
    torch.testing.assert_close(sample.joints_2d, homogeneous[:, :2] / homogeneous[:, 2:], rtol=0, atol=1e-3)
    assert sample.K[0, 0].item() == pytest.approx(607.92271 if camera == "SK_color" else 822.79041)


def test_depth_is_red_plus_256_green_and_comes_with_the_realsense_only(folder):
    assert STB(folder, "evaluation")[0].depth is None
    depth = STB(folder, "evaluation", "SK_color")[0].depth
    assert depth.shape == (480, 640)
    assert depth[3, 4].item() == 300


def test_all_hands_are_left_and_wholly_visible(folder):
    sample = STB(folder, "evaluation")[0]
    assert sample.side is True
    assert sample.visible.all()
    assert sample.mask is None


def test_an_index_runs_through_the_sequences_frame_by_frame(folder):
    stb = STB(folder, "evaluation")
    assert stb.sequences == ["B1Counting", "B1Random"]
    assert len(stb) == 3000
    x = [stb[i].joints_3d[5, 0].item() for i in (0, 1499, 1500, 2999, -1)]
    assert [round(value - x[0]) for value in x] == [0, 1499, 0, 1499, 1499]
    with pytest.raises(IndexError):
        stb[3000]


def test_training_is_everything_but_b1(tmp_path):
    training = STB(write_stb(tmp_path, backgrounds=(2, 3, 4, 5, 6)), "training")
    assert len(training) == 15_000
    assert not [name for name in training.sequences if name.startswith("B1")]
    assert training[14_999].image.shape == (3, 480, 640)


def test_sequences_may_lie_beside_the_labels(tmp_path):
    assert STB(write_stb(tmp_path, images="."), "evaluation")[0].image[0, 0, 0].item() == 7


def test_missing_files_are_named(folder, tmp_path):
    with pytest.raises(DataError, match="labels does not exist"):
        STB(tmp_path, "evaluation")
    with pytest.raises(DataError, match=r"B2Counting_BB.mat is missing"):
        STB(folder, "training")
    with pytest.raises(DataError, match=r"BB_left_1.png is missing"):
        STB(folder, "evaluation")[1]


def test_images_of_another_shape_are_refused(tmp_path):
    write_stb(tmp_path)
    Image.fromarray(np.zeros((640, 480, 3), np.uint8)).save(tmp_path / "images/B1Random/BB_left_1499.png")
    with pytest.raises(DataError, match="has the shape"):
        STB(tmp_path, "evaluation")[-1]


@pytest.mark.parametrize("keep", [0, 50, 200, 5000])
def test_a_truncated_mat_file_is_refused(tmp_path, keep):
    path = write_stb(tmp_path) / "labels/B1Random_BB.mat"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DataError, match=r"B1Random_BB.mat"):
        STB(tmp_path, "evaluation")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"other": np.zeros(3)}, "no array 'handPara'"),
        ({"handPara": np.ones((3, 21, 1000))}, "has the shape"),
        ({"handPara": np.ones((1500, 21, 3))}, "has the shape"),
        ({"handPara": np.array(["text"])}, "not an array of numbers"),
        ({"handPara": np.full((3, 21, 1500), np.nan)}, "not in front of the camera"),
        ({"handPara": -np.ones((3, 21, 1500))}, "not in front of the camera"),
    ],
)
def test_labels_of_another_shape_are_refused(tmp_path, content, message):
    savemat(write_stb(tmp_path) / "labels/B1Counting_BB.mat", content, do_compression=True)
    with pytest.raises(DataError, match=message):
        STB(tmp_path, "evaluation")


def test_unknown_splits_and_cameras_are_refused(folder):
    with pytest.raises(ValueError, match="split"):
        STB(folder, "test")
    with pytest.raises(ValueError, match="camera"):
        STB(folder, "evaluation", "SK")
