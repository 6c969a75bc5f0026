# SegNet's Caffe code: SGD at 0.001, momentum 0.9, weight decay 5e-4,
# constant, 40 000 iterations.
_base_ = './keep_best.py'
optim_wrapper = dict(optimizer=dict(lr=0.001))
param_scheduler = []
train_cfg = dict(max_iters=40000, val_interval=1000)
default_hooks = dict(checkpoint=dict(interval=1000))
