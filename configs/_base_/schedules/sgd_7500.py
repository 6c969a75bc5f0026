# Report R2's SegNet: SGD for 7500 iterations. The rate 0.001, momentum 0.9
# and weight decay 5e-4 of SegNet's Caffe code were chosen.
_base_ = './sgd_40k.py'
train_cfg = dict(max_iters=7500, val_interval=1500)
default_hooks = dict(checkpoint=dict(interval=1500))
