"""Networks in plain PyTorch, with the weights of others."""

import torch
import torch.nn.functional as F


def scramble(module, seed=0):
    """Give every parameter and statistic a value of its own."""
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in module.state_dict().items():
        if tensor.is_floating_point():
            noise = torch.rand(tensor.shape, generator=generator)
            least = 0.1 if 'running_var' in name else -0.5
            tensor.copy_((noise + least) / tensor[0].numel() ** 0.5)


def conv_norm(x, weights, name, act=True, rate=1, training=False):
    """Convolve, normalise and perhaps rectify by ``conv`` and ``bn``."""
    kernel = weights[f'{name}.conv.weight']
    x = F.conv2d(
        x,
        kernel,
        weights.get(f'{name}.conv.bias'),
        padding=(kernel.shape[-1] - 1) // 2 * rate,
        dilation=rate,
    )
    statistics = [weights[f'{name}.bn.running_{s}'] for s in ('mean', 'var')]
    if training:
        statistics = [None, None]
    scale, shift = (weights[f'{name}.bn.{s}'] for s in ('weight', 'bias'))
    x = F.batch_norm(x, *statistics, scale, shift, training=training)
    return x.relu() if act else x


def parameters(module):
    return sum(p.numel() for p in module.parameters())
