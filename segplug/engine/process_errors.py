"""Say in a sentence which process of a run died, hangs or lacks memory."""

from __future__ import annotations

import re

_WORKER = re.compile(
    r'DataLoader worker \(pid(?:\(s\))? ([\d, ]+)\) '
    r'(?:is killed by signal: (\w+)|exited unexpectedly)'
)
_SHARED = re.compile(
    r'unable to (?:allocate shared memory|mmap|write to file </torch_|'
    r'open shared memory)|insufficient shared memory'
)
_TIMEOUT = re.compile(
    r'[Tt]imed out (?:waiting )?(?:after )?(\d+) ?ms'
    r'|collective operation timeout'
)
_LOST = re.compile(
    r'Connection closed by peer|Connection reset by peer|NCCL error.*remote'
)
_CUDA = re.compile(r'CUDA out of memory|CUDA error: out of memory')
_SHM = (
    'Shared memory (/dev/shm) is too small for the workers of the data '
    'loader: enlarge it (docker run --shm-size=8g) or use fewer of them '
    '(train_dataloader.num_workers).'
)


def explain_process(error: RuntimeError) -> str | None:
    """Return what happened to a process, if that is what an error is about.

    Args:
        error: What PyTorch raised.

    Returns:
        A sentence with the remedy, or None.
    """
    text = ' '.join(str(error).split())
    worker = _WORKER.search(text)
    if worker:
        return _worker(worker.group(1), worker.group(2))
    if _SHARED.search(text):
        return _SHM
    if _CUDA.search(text):
        return (
            'The GPU has too little memory for this run: lower '
            'train_dataloader.batch_size or the crop size, or use --amp.'
        )
    timeout = _TIMEOUT.search(text)
    if timeout:
        waited = timeout.group(1)
        after = f' after {int(waited) / 1000:g} s' if waited else ''
        return (
            f'This process gave up{after} waiting for the others of the '
            'distributed run: one hangs or is much slower, see their output. '
            'The time-out is env_cfg.dist_cfg.timeout, in seconds.'
        )
    if _LOST.search(text):
        return (
            'Another process of the distributed run died; see its output '
            f'for the cause. ({text[-160:]})'
        )
    return None


def _worker(pids: str, signal: str | None) -> str:
    if signal and signal.startswith('Bus'):
        return _SHM
    how = f'was killed ({signal})' if signal else 'ended unexpectedly'
    return (
        f'A worker process of the data loader (pid {pids.strip()}) {how}, '
        'most often by the system because memory ran out. Use fewer workers '
        '(train_dataloader.num_workers) or smaller batches, and go on with '
        '--resume.'
    )
