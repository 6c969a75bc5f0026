# SegNet on CamVid as in its paper, encoder from ImageNet, classes weighted by
# median frequency.
# Expected on CamVid test: mIoU 50.2 (first version of the paper; 60.1 in the
# journal, trained on a larger set).
# python tools/train.py configs/segnet_camvid.py
_base_ = [
    './_base_/models/segnet.py',
    './_base_/datasets/camvid.py',
    './_base_/schedules/sgd_40k.py',
    './_base_/default_runtime.py',
]
loss = dict(_delete_=True, type='WeightedCrossEntropyLoss', divisor='valid')
loss.update(class_weight='median_frequency')
model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    decode_head=dict(num_classes=_base_.num_classes, loss_decode=loss),
)
custom_hooks = [dict(type='ClassWeightHook')]
