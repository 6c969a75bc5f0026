# U-Lite of report R3 on CamVid; Adam at 0.001 was chosen.
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
