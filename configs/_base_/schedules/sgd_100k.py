# Pretraining: SGD at 0.025, which is ImageNet's usual 0.1 for 256 images by
# the linear rule for 64, with a cosine to 0 over 100 000 iterations.
_base_ = './keep_best.py'
optim_wrapper = dict(optimizer=dict(lr=0.025, weight_decay=1e-4))
param_scheduler = [
    dict(type='CosineAnnealingLR', T_max=100000, by_epoch=False)
]
train_cfg = dict(max_iters=100000, val_interval=5000)
default_hooks = dict(checkpoint=dict(interval=5000, save_best='accuracy/top1'))
