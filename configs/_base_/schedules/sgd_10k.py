# CamVid: MMSegmentation's SGD at 0.01 with polynomial decay, 10 000
# iterations (218 epochs of 367 images in batches of 8).
_base_ = './keep_best.py'
param_scheduler = [
    dict(
        type='PolyLR',
        eta_min=1e-4,
        power=0.9,
        begin=0,
        end=10000,
        by_epoch=False,
    )
]
train_cfg = dict(max_iters=10000, val_interval=500)
