import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segplug.synthetic.people.poses import BODY_POSES, mirror, sample_pose
from segplug.synthetic.people.skeleton import (
    LIMITS,
    SIDES,
    clamp,
    forward,
    rot_y,
    sample_body,
)

pose = st.fixed_dictionaries({k: st.floats(-200, 200) for k in LIMITS})
BONES = {
    ('shoulder', 'elbow'): 'upper_arm',
    ('elbow', 'wrist'): 'lower_arm',
    ('wrist', 'fingers'): 'hand',
    ('hip', 'knee'): 'upper_leg',
    ('knee', 'ankle'): 'lower_leg',
}


@pytest.fixture(scope='module')
def body():
    return sample_body(np.random.default_rng(0))[0]


@settings(max_examples=60, deadline=None)
@given(pose)
def test_bones_keep_their_lengths_and_frames_stay_rotations(body, pose):
    skeleton = forward(body, pose)
    for side in SIDES:
        for (start, end), length in BONES.items():
            bone = skeleton.joints[f'{side}_{end}']
            bone = bone - skeleton.joints[f'{side}_{start}']
            want = getattr(body, length)
            assert np.linalg.norm(bone) == pytest.approx(want)
    for frame in skeleton.frames.values():
        np.testing.assert_allclose(frame @ frame.T, np.eye(3), atol=1e-9)
        assert np.linalg.det(frame) == pytest.approx(1)


@settings(max_examples=60, deadline=None)
@given(pose)
def test_angles_beyond_their_limits_count_as_the_limits(body, pose):
    limited = clamp(pose)
    assert all(lo <= limited[k] <= hi for k, (lo, hi) in LIMITS.items())
    a, b = forward(body, pose), forward(body, limited)
    for name, joint in a.joints.items():
        np.testing.assert_array_equal(joint, b.joints[name])


@settings(max_examples=60, deadline=None)
@given(pose)
def test_mirrored_poses_give_mirrored_bodies(body, pose):
    pose = {**pose, 'bend': 0.0}  # Its order with lean and turn matters not.
    pose.update(turn=0.0, look=0.0, roll=0.0)
    straight = forward(body, pose).joints
    mirrored = forward(body, mirror(pose)).joints
    swap = {'l_': 'r_', 'r_': 'l_'}
    for name, joint in straight.items():
        other = mirrored[swap.get(name[:2], name[:2]) + name[2:]]
        np.testing.assert_allclose(joint * [-1, 1, 1], other, atol=1e-9)


def test_left_is_at_the_right_of_the_image_from_the_front_only(body):
    standing = forward(body, {})
    for name in ('shoulder', 'wrist', 'hip', 'ankle'):
        assert standing.joints[f'l_{name}'][0] > 0
        assert standing.joints[f'r_{name}'][0] < 0
    behind = standing.turned(rot_y(180))
    assert behind.joints['l_wrist'][0] < 0 < behind.joints['r_wrist'][0]
    # Whoever walks to the right of the image shows the right side.
    aside = standing.turned(rot_y(90))
    assert aside.joints['r_wrist'][2] > aside.joints['l_wrist'][2]
    assert aside.joints['l_toes'][0] > aside.joints['l_ankle'][0]


def test_joints_bend_the_human_way(body):
    pose = {'l_flexion': 90, 'l_knee': 90, 'r_elbow': 90}
    bent = forward(body, pose).joints
    assert bent['l_knee'][2] > 0.9 * body.upper_leg  # The thigh points ahead,
    assert bent['l_ankle'][1] < bent['l_knee'][1]  # the shin down,
    assert bent['r_wrist'][2] > bent['r_elbow'][2]  # the forearm ahead.
    raised = forward(body, {'l_elevation': 170}).joints
    assert raised['l_wrist'][1] > raised['head'][1]


def test_an_unknown_angle_is_named(body):
    with pytest.raises(KeyError, match='l_tail'):
        forward(body, {'l_tail': 10.0})


def test_every_pose_is_drawn_and_stays_within_the_limits():
    rng = np.random.default_rng(0)
    drawn = [sample_pose(rng) for _ in range(600)]
    assert {d.name for d in drawn} == set(BODY_POSES)
    for draw in drawn:
        assert set(draw.angles) == set(LIMITS)
        assert clamp(draw.angles) == draw.angles


def test_poses_are_as_often_left_handed_as_right_handed():
    rng = np.random.default_rng(0)
    drawn = [sample_pose(rng) for _ in range(800)]
    walking = [d.angles for d in drawn if d.name == 'walking']
    left = sum(a['l_flexion'] > a['r_flexion'] for a in walking)
    assert len(walking) > 40
    assert 0.25 < left / len(walking) < 0.75
