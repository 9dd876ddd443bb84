"""A procedural hand: 21 joints under 23 angles, seen from anywhere, in four modalities."""

from vae_course.data.hands.anatomy import ANGLES, BONES, FINGERS, JOINTS, PARENTS
from vae_course.data.hands.appearance import Appearance, sample_appearance
from vae_course.data.hands.camera import (
    Camera,
    Viewpoint,
    project,
    rotation_from_angles,
    sample_viewpoint,
)
from vae_course.data.hands.gestures import GESTURES, gesture_poses
from vae_course.data.hands.kinematics import forward_kinematics
from vae_course.data.hands.pose import sample_pose
from vae_course.data.hands.sample import Factors, Hands, draw_hands, sample_factors, sample_hands
from vae_course.data.hands.shape import Shape, sample_shape

__all__ = [
    "ANGLES",
    "BONES",
    "FINGERS",
    "GESTURES",
    "JOINTS",
    "PARENTS",
    "Appearance",
    "Camera",
    "Factors",
    "Hands",
    "Shape",
    "Viewpoint",
    "draw_hands",
    "forward_kinematics",
    "gesture_poses",
    "project",
    "rotation_from_angles",
    "sample_appearance",
    "sample_factors",
    "sample_hands",
    "sample_pose",
    "sample_shape",
    "sample_viewpoint",
]
