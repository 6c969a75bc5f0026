import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from segplug.synthetic.ellipsoid import Ellipsoid
from segplug.synthetic.people.skeleton import rot_x, rot_y, rot_z

angle = st.floats(-180, 180)


@settings(max_examples=40, deadline=None)
@given(angle, angle, angle)
def test_pixels_show_the_surface_point_in_front_of_them(a, b, c):
    axes = rot_x(a) @ rot_y(b) @ rot_z(c) @ np.diag([8.0, 14.0, 11.0])
    solid = Ellipsoid(np.array([20.0, 22.0]), axes)
    patch = solid.outline((50, 40))
    units = solid.units(patch).astype(float)
    np.testing.assert_allclose(np.linalg.norm(units, axis=-1), 1, atol=1e-3)
    seen = units @ axes.T
    x, y = np.broadcast_arrays(*patch.grid())
    inside = np.hypot(seen[..., 0] - (x - 20), seen[..., 1] - (22 - y)) < 0.01
    assert (inside | (patch.coverage < 1)).all()
    facing = solid.normals(solid.units(patch))
    assert (facing[..., 2] > -1e-3).all()
    # A normal is at right angles to the surface: compare with the gradient
    # of the implicit equation |axes^-1 p| = 1.
    inverse = np.linalg.inv(axes)
    gradient = seen @ (inverse.T @ inverse)
    gradient /= np.linalg.norm(gradient, axis=-1, keepdims=True)
    np.testing.assert_allclose(facing, gradient, atol=5e-3)
