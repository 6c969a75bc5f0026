# Report R5: Adam, 200 epochs of 1464 images in batches of 4: 200 · 1464/4 =
# 73 200 iterations; a tenth of the rate in the last session of 20 epochs,
# from 180 · 366 = 65 880. The rate 1e-4 was chosen.
_base_ = './keep_best.py'
optim_wrapper = dict(optimizer=dict(_delete_=True, type='Adam', lr=1e-4))
param_scheduler = [
    dict(type='MultiStepLR', milestones=[65880], gamma=0.1, by_epoch=False)
]
train_cfg = dict(max_iters=73200, val_interval=3660)
default_hooks = dict(checkpoint=dict(interval=3660))
