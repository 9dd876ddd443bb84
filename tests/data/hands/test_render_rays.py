"""Rays meet spheres, capsules and thick triangles where they must: closed forms and a dense cloud of spheres."""

import math

import pytest
import torch

from tests.data.hands.cloud import assert_same_surface, cloud_depth, depth, directions, rays
from vae_course.data.hands.raycast import cast


@pytest.mark.parametrize("position", [(0.0, 0.0, 300.0), (60.0, -40.0, 250.0), (-70.0, 70.0, 260.0)])
def test_a_sphere_is_met_in_closed_form_and_its_outline_is_the_exact_ellipse(position):
    centre, radius, seen = torch.tensor(position).double(), 23.0, rays()
    d = directions(seen)[0]
    along, square = d @ centre, d.square().sum(-1)
    root = along.square() - square * (centre.square().sum() - radius**2)
    found = depth(centre.float().view(1, 1, 3), torch.tensor([[radius]]), (), (), seen)[0]
    # A ray meets the sphere if its angle to the centre is at most the sphere's angular radius.
    angle = torch.acos((along / square.sqrt() / centre.norm()).clamp(max=1))
    inside = angle <= math.asin(radius / centre.norm())
    assert inside.sum() > 150
    assert torch.equal(found.isfinite(), inside)
    expected = ((along - root.clamp(min=0).sqrt()) / square)[inside]
    torch.testing.assert_close(found[inside].double(), expected, atol=0.02, rtol=0)


def test_a_capsule_across_the_line_of_sight_is_a_cylinder_between_half_spheres():
    seen = rays(centre=(32.5, 32.5))  # a ray straight through the middle
    centres = torch.tensor([[[-40.0, 0, 200], [40, 0, 200]]])
    found = depth(centres, torch.tensor([[15.0, 15]]), ((0, 1),), (), seen)[0]
    x = directions(seen)[0, 32, :, 0]  # rays y = 0 meet z = 185 until x = 40
    flat = (x * 185).abs() <= 40
    torch.testing.assert_close(found[32, flat], torch.full((int(flat.sum()),), 185.0), atol=0.01, rtol=0)
    assert (found[32, ~flat] > 185.01).all()
    y = directions(seen)[0, :, 32, 1]  # rays x = 0 meet the circle y^2 + (z - 200)^2 = 15^2
    inside = y.square() * 200**2 <= 15**2 * (1 + y.square())
    assert torch.equal(found[:, 32].isfinite(), inside)


def test_a_thick_triangle_lies_its_radius_before_its_plane():
    seen = rays()
    centres = torch.tensor([[[-50.0, -40, 220], [50, -40, 220], [0, 50, 220]]])
    radii, sides = torch.tensor([[9.0, 9, 9]]), ((0, 1), (1, 2), (0, 2))
    found = depth(centres, radii, sides, ((0, 1, 2),), seen)[0]
    torch.testing.assert_close(found[24:36, 28:36], torch.full((12, 8), 211.0), atol=1e-2, rtol=0)
    assert depth(centres, radii, sides, (), seen)[0, 30, 32].isinf()  # without it there is a hole


def test_any_mesh_of_spheres_is_what_a_dense_cloud_of_spheres_shows():
    generator = torch.Generator().manual_seed(0)
    centres = torch.tensor([0.0, 0, 300]) + 35 * torch.randn(6, 6, 3, generator=generator)
    radii = 4 + 22 * torch.rand(6, 6, generator=generator)  # some spheres lie within others
    capsules, triangles = ((0, 1), (0, 2), (1, 2), (2, 3), (2, 4), (3, 4), (4, 5)), ((0, 1, 2), (2, 3, 4))
    seen = rays(n=6, focal=90.0)
    found = depth(centres, radii, capsules, triangles, seen)
    assert found.isfinite().float().mean() > 0.1
    assert_same_surface(found, cloud_depth(centres, radii, capsules, triangles, seen))


def test_a_capsule_seen_along_its_axis_is_complete():
    for near, far in ((5.0, 20.0), (20.0, 5.0), (10.0, 10.0)):
        centres = torch.tensor([[[3.0, 2, 200], [4, 3, 260]]])
        radii, seen = torch.tensor([[near, far]]), rays(focal=200.0)
        found = depth(centres, radii, ((0, 1),), (), seen)
        assert_same_surface(found, cloud_depth(centres, radii, ((0, 1),), (), seen, fine=400))


def test_the_nearest_part_is_the_one_met_whatever_the_order():
    centres = torch.tensor([[[0.0, 0, 300], [0, 0, 240]], [[0, 0, 240], [0, 0, 300]]])
    hits = cast(centres, torch.full((2, 2), 20.0), (), (), rays(n=2))
    middle = hits.point[:, :2].norm(dim=1) < 10
    assert hits.part[middle & (hits.image == 0)].unique().tolist() == [1]
    assert hits.part[middle & (hits.image == 1)].unique().tolist() == [0]


def test_normals_are_perpendicular_to_the_surface():
    generator = torch.Generator().manual_seed(1)
    centres = torch.tensor([0.0, 0, 300]) + 30 * torch.randn(1, 3, 3, generator=generator)
    radii, sides = torch.tensor([[8.0, 14, 20]]), ((0, 1), (1, 2), (0, 2))
    seen = rays(size=256, focal=500.0)
    hits = cast(centres, radii, sides, ((0, 1, 2),), seen)
    points = torch.full((256 * 256, 3), torch.nan)
    points[hits.ray] = hits.point
    points = points.view(256, 256, 3)
    across = points[1:-1, 2:] - points[1:-1, :-2]
    down = points[2:, 1:-1] - points[:-2, 1:-1]
    numeric = torch.nn.functional.normalize(torch.linalg.cross(down, across), dim=-1)
    normals = torch.full((256 * 256, 3), torch.nan)
    normals[hits.ray] = hits.normal
    alike = (normals.view(256, 256, 3)[1:-1, 1:-1] * numeric).sum(-1)
    alike = alike[alike.isfinite()]
    assert len(alike) > 5000
    assert alike.quantile(0.05) > 0.995
    assert hits.normal[:, 2].max() < 0.35  # towards the camera, but for perspective


def test_the_normal_of_a_cone_leans_by_its_taper():
    a, b, radii = torch.tensor([-40.0, 10, 260]), torch.tensor([40.0, -15, 230]), torch.tensor([8.0, 30])
    hits = cast(torch.stack([a, b])[None], radii[None], ((0, 1),), (), rays())
    normal = hits.normal[hits.part == 2]
    assert len(normal) > 200
    expected = (radii[0] - radii[1]).expand(len(normal))  # n . (b - a) = r_a - r_b all along the cone
    torch.testing.assert_close(normal @ (b - a), expected, atol=0.05, rtol=0)


def test_pictures_whose_side_is_no_multiple_of_a_tile_show_the_same():
    centres, radii = torch.tensor([[[10.0, -5, 200], [-30, 20, 220]]]), torch.tensor([[20.0, 12]])
    large = depth(centres, radii, ((0, 1),), (), rays(size=64, centre=(20.0, 20.0)))
    small = depth(centres, radii, ((0, 1),), (), rays(size=37, centre=(20.0, 20.0)))
    assert torch.equal(small, large[:, :37, :37])
