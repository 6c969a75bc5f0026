# Report R1: Adam at 1e-4, weight decay 1e-5, constant, 50 epochs of 1024
# images in batches of 2: 50 · 1024/2 = 25 600 iterations. Validated after
# every second epoch.
_base_ = './keep_best.py'
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='Adam', lr=1e-4, weight_decay=1e-5)
)
param_scheduler = []
train_cfg = dict(max_iters=25600, val_interval=1024)
default_hooks = dict(checkpoint=dict(interval=1024))
