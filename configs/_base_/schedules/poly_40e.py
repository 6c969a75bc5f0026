# Report R2: SGD at 0.007·(1 − i/m)^0.9, 40 epochs of 2975 images in batches
# of 8: m = 40 · 2975/8 = 14 875 iterations. Weight decay 1e-4 was chosen, as
# in DeepLab's own code for ResNets. Validated about every fifth epoch.
_base_ = './keep_best.py'
optim_wrapper = dict(optimizer=dict(lr=0.007, weight_decay=1e-4))
param_scheduler = [
    dict(
        type='PolyLR',
        eta_min=0,
        power=0.9,
        begin=0,
        end=14875,
        by_epoch=False,
    )
]
train_cfg = dict(max_iters=14875, val_interval=1860)
default_hooks = dict(checkpoint=dict(interval=1860))
