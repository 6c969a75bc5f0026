# U-Lite of report R3 on CamVid, images scaled to [−1, 1] one by one. Of no
# report: batches of 8, flip, Adam at 0.001 with polynomial decay, 10 000
# iterations, chosen.
# Expected on CamVid test: no published figure.
# python tools/train.py configs/ulite_camvid.py
_base_ = [
    './_base_/models/ulite.py',
    './_base_/datasets/camvid.py',
    './_base_/schedules/sgd_10k.py',
    './_base_/default_runtime.py',
]
model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    decode_head=dict(num_classes=_base_.num_classes),
)
optim_wrapper = dict(optimizer=dict(_delete_=True, type='Adam', lr=1e-3))
