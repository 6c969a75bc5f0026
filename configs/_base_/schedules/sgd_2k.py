# Report R4: SGD at 0.01 for 2000 iterations. The report does not name the
# decay: the polynomial one of MMSegmentation's schedules was chosen.
_base_ = './keep_best.py'
train_cfg = dict(max_iters=2000, val_interval=500)
param_scheduler = [
    dict(
        type='PolyLR',
        eta_min=1e-4,
        power=0.9,
        begin=0,
        end=2000,
        by_epoch=False,
    )
]
