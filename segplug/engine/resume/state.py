"""What a run needs to go on that MMEngine's checkpoints lack."""

from __future__ import annotations

from typing import Any

from mmengine.dist import all_gather_object, get_rank, get_world_size
from mmengine.hooks import EarlyStoppingHook
from mmengine.runner import Runner

from . import rng

#: Where it lies in a checkpoint.
KEY = 'segplug'


def collect(runner: Runner) -> dict[str, Any]:
    """Take the state; to be called in every process of the run.

    Args:
        runner: Runner between two iterations, or at the end of one.

    Returns:
        Plain values and tensors only, so that the checkpoint can be loaded
        without trust: the random states of all processes, the seed of the
        sampler, gradients that wait for their step, and the state of the
        loop and of the hooks.
    """
    loop = runner.train_loop
    return {
        'rng': all_gather_object(rng.collect()),
        'sampler_seed': _sampler_seed(loop),
        'gradients': _gradients(runner),
        'validated': getattr(loop, 'validated', -1),
        'place': loop.place() if hasattr(loop, 'place') else None,
        'optimizer': optimizer_kind(runner.optim_wrapper),
        'stop_training': bool(loop.stop_training),
        'hooks': _hook_states(runner),
    }


def restore(runner: Runner, state: dict[str, Any]) -> None:
    """Put back what :func:`collect` took, except the random states.

    Args:
        runner: Runner that loaded the checkpoint, before its first
            iteration.
        state: Result of :func:`collect`.
    """
    loop = runner.train_loop
    loop.validated = state['validated']
    loop.stop_training = state['stop_training']
    sampler = _sampler(loop)
    if state['sampler_seed'] is not None and hasattr(sampler, 'seed'):
        sampler.seed = state['sampler_seed']
    _put_gradients(runner, state['gradients'])
    if len(state['rng']) > 1:  # of several processes
        _warn_of_lost_gradients(runner)
    for name, hook in _stateful_hooks(runner).items():
        if name in state['hooks']:
            _load(hook, state['hooks'][name])


def restore_random(runner: Runner, state: dict[str, Any] | None) -> None:
    """Put the random states back; the last thing before an iteration.

    A checkpoint without states, or of another number of processes, seeds
    the generators anew, from the seed and the iteration: the run goes on,
    but not as the uninterrupted one would have.
    """
    states = [] if state is None else state['rng']
    if len(states) == get_world_size():
        rng.restore(states[get_rank()])
        return
    rng.seed_all(runner.seed, get_rank(), runner.iter)
    had = f'{len(states)} processes' if states else 'no process'
    runner.logger.warning(
        f'The checkpoint holds the random states of {had}, this run has '
        f'{get_world_size()}: it goes on with new random numbers, not bit '
        'for bit as the uninterrupted run would have.'
    )


def optimizer_kind(wrapper: Any) -> str | None:
    """Return the name of an optimizer's class, None for several."""
    optimizer = getattr(wrapper, 'optimizer', None)
    return None if optimizer is None else type(optimizer).__name__


def _sampler(loop: Any) -> Any:
    batches = getattr(loop.dataloader, 'batch_sampler', None)
    return getattr(batches, 'sampler', None)


def _sampler_seed(loop: Any) -> int | None:
    seed = getattr(_sampler(loop), 'seed', None)
    return seed if isinstance(seed, int) else None


def _gradients(runner: Runner) -> dict[str, Any]:
    """Return gradients of a step that accumulates over iterations.

    After a step there are none. In a distributed run each process has
    others; these are not kept.
    """
    if get_world_size() > 1:
        return {}
    return {
        name: parameter.grad.cpu()
        for name, parameter in runner.model.named_parameters()
        if parameter.grad is not None
    }


def _put_gradients(runner: Runner, gradients: dict[str, Any]) -> None:
    parameters = dict(runner.model.named_parameters())
    for name in gradients.keys() & parameters.keys():
        target = parameters[name]
        target.grad = gradients[name].to(target.device, target.dtype)


def _warn_of_lost_gradients(runner: Runner) -> None:
    """Say so when the next step lacks gradients of before.

    MMEngine says so too, but without knowing whether they were saved.
    """
    counts = getattr(runner.optim_wrapper, '_accumulative_counts', 1)
    lost = runner.iter % counts
    if lost:
        runner.logger.warning(
            f'The checkpoint holds no gradients of the {lost} iterations '
            'since the last step, as those of several processes are not '
            f'saved: the next step has those of {counts - lost}.'
        )


def _stateful_hooks(runner: Runner) -> dict[str, Any]:
    """Name the hooks that have a state: class and how many came before."""
    named: dict[str, Any] = {}
    for hook in runner.hooks:
        if isinstance(hook, EarlyStoppingHook) or (
            hasattr(hook, 'state_dict') and hasattr(hook, 'load_state_dict')
        ):
            kind = type(hook).__name__
            count = sum(key.startswith(f'{kind}:') for key in named)
            named[f'{kind}:{count}'] = hook
    return named


def _hook_states(runner: Runner) -> dict[str, Any]:
    return {n: _save(h) for n, h in _stateful_hooks(runner).items()}


def _save(hook: Any) -> Any:
    if hasattr(hook, 'state_dict'):
        return hook.state_dict()
    return {'wait_count': hook.wait_count, 'best_score': hook.best_score}


def _load(hook: Any, state: Any) -> None:
    if hasattr(hook, 'load_state_dict'):
        hook.load_state_dict(state)
    else:
        hook.wait_count = state['wait_count']
        hook.best_score = state['best_score']
