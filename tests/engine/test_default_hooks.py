from tests.engine import toy

STOPPING = dict(type='RestoringEarlyStoppingHook', patience=2)


def hooks_of(toy_data, folder, **hooks):
    cfg = toy.config(toy_data, folder, iters=2)
    cfg.default_hooks.update(hooks)
    return {type(hook).__name__ for hook in toy.train(cfg).hooks}


def test_named_hooks_join_and_none_takes_each_out(toy_data, tmp_path):
    """MMEngine refuses None for a hook that is not one of its own."""
    all_of_them = hooks_of(toy_data, tmp_path / 'all', stopping=STOPPING)
    left = hooks_of(
        toy_data,
        tmp_path / 'less',
        sampler_seed=None,
        bad_files=None,
        stopping=None,
    )
    gone = {
        'DistSamplerSeedHook',
        'BadFilesHook',
        'RestoringEarlyStoppingHook',
    }
    assert gone <= all_of_them
    assert left == all_of_them - gone
